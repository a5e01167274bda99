package dev.joule.ed.picture;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;

import javax.imageio.ImageIO;

/** A white picture, with coloured dots and black words on it. */
final class Drawing {
    private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 15), WORDS = new Font(Font.SANS_SERIF, Font.PLAIN, 12);

    private final BufferedImage image;
    private final Graphics2D g;

    Drawing(int width, int height) {
        System.setProperty("java.awt.headless", "true");
        image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, width, height);
        g.setColor(Color.BLACK);
        g.setFont(WORDS);
    }

    void dot(int x, int y, int colour) {
        image.setRGB(x, y, colour);
    }

    void text(String text, int x, int y) {
        g.drawString(text, x, y);
    }

    void centred(String text, int x, int y) {
        text(text, x - g.getFontMetrics().stringWidth(text) / 2, y);
    }

    /** Larger letters, but no wider than {@code most}. */
    void title(String text, int x, int y, int most) {
        float width = g.getFontMetrics(TITLE).stringWidth(text);
        g.setFont(width <= most ? TITLE : TITLE.deriveFont(TITLE.getSize() * most / width));
        centred(text, x, y);
        g.setFont(WORDS);
    }

    void write(Path file) throws IOException {
        g.dispose();
        if (!ImageIO.write(image, "png", file.toFile())) {
            throw new IOException("no PNG writer in this Java");
        }
    }
}
