package dev.joule.ed.picture;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Densities side by side, each from black (0) over purple and orange to light yellow (the largest value of the first panel, and what is above it); a
 * bar beside them tells which colour is which density.
 */
public final class DensityPicture {
    private static final int SIDE = 300, GAP = 24, TOP = 40, BOTTOM = 34, LEFT = 34, BAR = 14, RIGHT = 70;
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
        Drawing drawing = new Drawing(LEFT + panels.size() * (SIDE + GAP) + RIGHT, TOP + SIDE + BOTTOM);
        double largest = Arrays.stream(panels.getFirst().density()).flatMapToDouble(Arrays::stream).max().orElse(1);
        for (int i = 0; i < panels.size(); i++) {
            int x = LEFT + i * (SIDE + GAP);
            paint(drawing, panels.get(i).density(), largest, x);
            drawing.title(panels.get(i).title(), x + SIDE / 2, TOP - 12, SIDE);
            for (int tick = -1; tick <= 1; tick++) {
                String label = "%.4g".formatted(tick * extent).replaceAll("\\.?0+$", "");
                String text = tick == 0 ? "0" : label;
                drawing.centred(text, x + SIDE / 2 + tick * (SIDE / 2 - 6), TOP + SIDE + 18);
                if (i == 0) {
                    drawing.centred(text, LEFT / 2, TOP + SIDE / 2 - tick * (SIDE / 2 - 6) + 5);
                }
            }
        }
        bar(drawing, largest, LEFT + panels.size() * (SIDE + GAP));
        drawing.write(file);
    }

    private static void bar(Drawing drawing, double largest, int left) {
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < BAR; x++) {
                drawing.dot(left + x, TOP + y, colour(1 - y / (SIDE - 1.0)));
            }
        }
        drawing.text("≥ " + "%.2g".formatted(largest), left + BAR + 5, TOP + 10);
        drawing.text("%.2g".formatted(largest / 2), left + BAR + 5, TOP + SIDE / 2 + 5);
        drawing.text("0", left + BAR + 5, TOP + SIDE);
    }

    private static void paint(Drawing drawing, double[][] density, double largest, int left) {
        for (int y = 0; y < SIDE; y++) {
            double[] row = density[y * density.length / SIDE];
            for (int x = 0; x < SIDE; x++) {
                drawing.dot(left + x, TOP + y, colour(row[x * row.length / SIDE] / largest));
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
}
