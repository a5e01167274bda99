package dev.joule.ed.picture;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import javax.imageio.ImageIO;

/**
 * Densities side by side, each from black (0) over purple and orange to light yellow (the largest value of the first panel, and what is above it); a
 * bar beside them tells which colour is which density.
 */
public final class DensityPicture {
    private static final int SIDE = 300, GAP = 24, TOP = 40, BOTTOM = 34, LEFT = 34, BAR = 14, RIGHT = 70;
    private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 15),
            NUMBER = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
    /** A few colours of the map "inferno" (van der Walt and Smith), whose lightness grows evenly. */
    private static final int[] COLOURS = {0x000004, 0x1b0c41, 0x4a0c6b, 0x781c6d, 0xa52c60, 0xcf4446, 0xed6925, 0xfb9b06,
            0xf7d13d, 0xfcffa4};

    private DensityPicture() {
    }

    /** @param extent each panel shows the square from -extent to extent */
    public static void write(Path file, double extent, List<Panel> panels) throws IOException {
        if (panels.isEmpty()) {
            throw new IllegalArgumentException("density picture: there is nothing to show");
        }
        System.setProperty("java.awt.headless", "true");
        int width = LEFT + panels.size() * (SIDE + GAP) + RIGHT, height = TOP + SIDE + BOTTOM;
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, width, height);
        double largest = Arrays.stream(panels.getFirst().density()).flatMapToDouble(Arrays::stream).max().orElse(1);
        for (int i = 0; i < panels.size(); i++) {
            int x = LEFT + i * (SIDE + GAP);
            paint(image, panels.get(i).density(), largest, x);
            g.setColor(Color.BLACK);
            g.setFont(fitting(g, panels.get(i).title()));
            centred(g, panels.get(i).title(), x + SIDE / 2, TOP - 12);
            g.setFont(NUMBER);
            for (int tick = -1; tick <= 1; tick++) {
                String label = "%.4g".formatted(tick * extent).replaceAll("\\.?0+$", "");
                String text = tick == 0 ? "0" : label;
                centred(g, text, x + SIDE / 2 + tick * (SIDE / 2 - 6), TOP + SIDE + 18);
                if (i == 0) {
                    centred(g, text, LEFT / 2, TOP + SIDE / 2 - tick * (SIDE / 2 - 6) + 5);
                }
            }
        }
        bar(image, g, largest, LEFT + panels.size() * (SIDE + GAP));
        g.dispose();
        if (!ImageIO.write(image, "png", file.toFile())) {
            throw new IOException("no PNG writer in this Java");
        }
    }

    private static void bar(BufferedImage image, Graphics2D g, double largest, int left) {
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < BAR; x++) {
                image.setRGB(left + x, TOP + y, colour(1 - y / (SIDE - 1.0)));
            }
        }
        g.drawString("≥ " + "%.2g".formatted(largest), left + BAR + 5, TOP + 10);
        g.drawString("%.2g".formatted(largest / 2), left + BAR + 5, TOP + SIDE / 2 + 5);
        g.drawString("0", left + BAR + 5, TOP + SIDE);
    }

    /** The font of titles, smaller where one would be wider than its panel. */
    private static Font fitting(Graphics2D g, String title) {
        float width = g.getFontMetrics(TITLE).stringWidth(title);
        return width <= SIDE ? TITLE : TITLE.deriveFont(TITLE.getSize() * SIDE / width);
    }

    private static void paint(BufferedImage image, double[][] density, double largest, int left) {
        for (int y = 0; y < SIDE; y++) {
            double[] row = density[y * density.length / SIDE];
            for (int x = 0; x < SIDE; x++) {
                image.setRGB(left + x, TOP + y, colour(row[x * row.length / SIDE] / largest));
            }
        }
    }

    private static int colour(double share) {
        double at = Math.clamp(Double.isNaN(share) ? 0 : share, 0, 1) * (COLOURS.length - 1);
        int low = (int) Math.min(at, COLOURS.length - 2);
        double part = at - low;
        int rgb = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
            int a = COLOURS[low] >> shift & 255, b = COLOURS[low + 1] >> shift & 255;
            rgb |= (int) Math.round(a + part * (b - a)) << shift;
        }
        return rgb;
    }

    private static void centred(Graphics2D g, String text, int x, int y) {
        g.drawString(text, x - g.getFontMetrics().stringWidth(text) / 2, y);
    }
}
