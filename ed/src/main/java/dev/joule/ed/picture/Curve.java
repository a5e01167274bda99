package dev.joule.ed.picture;

import java.util.List;

/** One line of a chart: y against x. */
public record Curve(String name, List<Double> x, List<Double> y) {
}
