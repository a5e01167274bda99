package dev.joule.ed.picture;

/**
 * One density of a picture.
 *
 * @param title written above it
 * @param density [rows][columns], the top row first
 */
public record Panel(String title, double[][] density) {
}
