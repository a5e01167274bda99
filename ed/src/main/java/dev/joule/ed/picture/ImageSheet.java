package dev.joule.ed.picture;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Sheets of small grey images side by side, each image from black (-1, and what is below it) to white (1, and above). */
public final class ImageSheet {
    private static final int COLUMNS = 8, SCALE = 2, GAP = 2, MARGIN = 24, TOP = 40;

    /**
     * @param title  written above it
     * @param values of the images [n, side, side], one after the other
     */
    public record Sheet(String title, double[] values) {
    }

    private ImageSheet() {
    }

    /** @param side of an image, in pixels */
    public static void write(Path file, int side, List<Sheet> sheets) throws IOException {
        if (sheets.isEmpty()) {
            throw new IllegalArgumentException("image sheet: there is nothing to show");
        }
        for (Sheet sheet : sheets) {
            if (sheet.values.length % (side * side) != 0) {
                throw new IllegalArgumentException("image sheet: " + sheet.values.length + " values of \"" + sheet.title
                        + "\" are not images of " + side + " x " + side);
            }
        }
        int cell = SCALE * side + GAP, width = COLUMNS * cell - GAP;
        int rows = sheets.stream().mapToInt(sheet -> Math.ceilDiv(count(sheet, side), COLUMNS)).max().orElse(0);
        Drawing drawing = new Drawing(MARGIN + sheets.size() * (width + MARGIN), TOP + rows * cell + MARGIN);
        for (int i = 0; i < sheets.size(); i++) {
            int left = MARGIN + i * (width + MARGIN);
            drawing.title(sheets.get(i).title(), left + width / 2, TOP - 12, width);
            for (int image = 0; image < count(sheets.get(i), side); image++) {
                paint(drawing, sheets.get(i).values(), image * side * side, side, left + image % COLUMNS * cell,
                        TOP + image / COLUMNS * cell);
            }
        }
        drawing.write(file);
    }

    private static int count(Sheet sheet, int side) {
        return sheet.values.length / (side * side);
    }

    private static void paint(Drawing drawing, double[] values, int from, int side, int left, int top) {
        for (int y = 0; y < SCALE * side; y++) {
            for (int x = 0; x < SCALE * side; x++) {
                int light = (int) Math.round(255 * Math.clamp((values[from + y / SCALE * side + x / SCALE] + 1) / 2, 0, 1));
                drawing.dot(left + x, top + y, light << 16 | light << 8 | light);
            }
        }
    }
}
