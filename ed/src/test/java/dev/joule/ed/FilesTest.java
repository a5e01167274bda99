package dev.joule.ed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

import javax.imageio.ImageIO;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.joule.autodiff.Eval;
import dev.joule.core.DType;
import dev.joule.core.Shape;
import dev.joule.ed.file.Idx;
import dev.joule.ed.file.Safetensors;
import dev.joule.ed.picture.Curve;
import dev.joule.ed.picture.DensityPicture;
import dev.joule.ed.picture.ErrorChart;
import dev.joule.ed.picture.ImageSheet;
import dev.joule.ed.picture.Panel;

class FilesTest {
    @TempDir
    Path folder;

    @Test
    void safetensorsHaveTheFormatsBytes() throws IOException {
        Map<String, Safetensors.Array> arrays = new LinkedHashMap<>();
        arrays.put("a", new Safetensors.Array(DType.FLOAT32, Shape.of(1, 2), new double[]{1, -2.5}));
        arrays.put("b", new Safetensors.Array(DType.INT32, Shape.SCALAR, new double[]{7}));
        Path file = folder.resolve("x.safetensors");
        Safetensors.write(file, arrays);
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int length = (int) bytes.getLong();
        assertEquals(0, length % 8);
        assertEquals(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[8,12]}}",
                new String(bytes.array(), 8, length, StandardCharsets.UTF_8).strip());
        assertEquals(-2.5f, bytes.getFloat(8 + length + 4));
        assertEquals(8 + length + 12, bytes.capacity());
        Map<String, Safetensors.Array> back = Safetensors.read(file);
        assertEquals(List.of("a", "b"), List.copyOf(back.keySet()));
        assertArrayEquals(arrays.get("a").values(), back.get("a").values());
        assertEquals(Shape.of(1, 2), back.get("a").shape());
        assertArrayEquals(new String[]{"x.safetensors"}, folder.toFile().list(), "no partial file is left");
    }

    @Test
    void safetensorsOfEveryTypeComeBack() throws IOException {
        Map<String, Safetensors.Array> arrays = new LinkedHashMap<>();
        arrays.put("f", new Safetensors.Array(DType.FLOAT32, Shape.of(3), new double[]{1, -2.5, 1e30}));
        arrays.put("d", new Safetensors.Array(DType.FLOAT64, Shape.of(2, 1), new double[]{0.1, -1e300}));
        arrays.put("i", new Safetensors.Array(DType.INT32, Shape.of(2), new double[]{Integer.MIN_VALUE, 7}));
        Path file = folder.resolve("all.safetensors");
        Safetensors.write(file, arrays);
        Map<String, Safetensors.Array> back = Safetensors.read(file);
        assertEquals((double) 1e30f, back.get("f").values()[2]);
        assertArrayEquals(arrays.get("d").values(), back.get("d").values());
        assertArrayEquals(arrays.get("i").values(), back.get("i").values());
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
        assertTrue(
                assertThrows(IOException.class, () -> Safetensors.read(file)).getMessage().endsWith("i does not fit its place"));
    }

    @Test
    void whatCannotBeWrittenLeavesNothing() throws IOException {
        Files.createDirectories(folder.resolve("taken/by a file"));
        assertThrows(IOException.class, () -> Safetensors.write(folder.resolve("taken"), Map.of()));
        assertArrayEquals(new String[]{"taken"}, folder.toFile().list());
    }

    @Test
    void whatIsNoSafetensorsFileIsSaid() throws IOException {
        Path file = folder.resolve("bad");
        Files.write(file, new byte[]{1, 2, 3});
        assertTrue(assertThrows(IOException.class, () -> Safetensors.read(file)).getMessage()
                .endsWith("is no safetensors file: it is shorter than 8 bytes"));
        Files.write(file, new byte[]{-1, -1, -1, -1, -1, -1, -1, 0x7f});
        assertTrue(assertThrows(IOException.class, () -> Safetensors.read(file)).getMessage().contains("does not fit"));
        refuses(file, "its header is no JSON object", "");
        refuses(file, "its header is no JSON object", "[1,2]");
        refuses(file, "its header is no JSON object", "null");
        refuses(file, "its header is no JSON: ", "{\"a\":");
        refuses(file, "a has no shape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}");
        for (String size : new String[]{"4294967300", "4.5", "-1", "\"4\""}) {
            refuses(file, "a has a size " + size, "{\"a\":{\"dtype\":\"F32\",\"shape\":[" + size + "],\"data_offsets\":[0,16]}}");
        }
        for (String place : new String[]{"[0,4]", "[-4,4]", "[8,24]", "[4]"}) {
            refuses(file, "a ", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":" + place + "}}");
        }
        refuses(file, "a ", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}");
        refuses(file, "a does not fit its place",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647,2147483647],\"data_offsets\":[0,4]}}");
    }

    /** As other programs write them: with a word on where it comes from, and arrays of nothing. */
    @Test
    void metadataAndEmptyArrays() throws IOException {
        Path file = folder.resolve("other.safetensors");
        byte[] json = "{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
                .getBytes(StandardCharsets.UTF_8);
        Files.write(file, ByteBuffer.allocate(8 + json.length + 4).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json)
                .putFloat(1.5f).array());
        assertEquals(List.of("a"), List.copyOf(Safetensors.read(file).keySet()));
        assertArrayEquals(new double[]{1.5}, Safetensors.read(file).get("a").values());
        Safetensors.write(file, Map.of("none", new Safetensors.Array(DType.FLOAT32, Shape.of(0, 3), new double[0])));
        assertEquals(Shape.of(0, 3), Safetensors.read(file).get("none").shape());
    }

    private static void refuses(Path file, String reason, String header) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        Files.write(file,
                ByteBuffer.allocate(8 + json.length + 16).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json).array());
        String message = assertThrows(IOException.class, () -> Safetensors.read(file)).getMessage();
        assertTrue(message.startsWith(file + " is no safetensors file: " + reason), message);
    }

    @Test
    void anArrayHasAsManyValuesAsItsShape() {
        assertThrows(IllegalArgumentException.class,
                () -> new Safetensors.Array(DType.FLOAT32, Shape.of(3), new double[]{1, 2}));
    }

    @Test
    void picturesShowWhatTheyAreGiven() throws IOException {
        Path density = folder.resolve("density.png"), chart = folder.resolve("chart.png");
        DensityPicture.write(density, 2,
                List.of(new Panel("one", new double[][]{{0, 1}, {0.5, 0}}), new Panel("two", new double[][]{{9}})));
        var image = ImageIO.read(density.toFile());
        assertEquals(0xff000004, image.getRGB(34 + 20, 40 + 20), "0 is black");
        assertEquals(0xfffcffa4, image.getRGB(34 + 280, 40 + 20), "the largest is light");
        assertEquals(0xfffcffa4, image.getRGB(34 + 324 + 20, 40 + 20), "more than the largest, too");
        assertEquals(0xfffcffa4, image.getRGB(34 + 2 * 324 + 7, 40), "the bar from the largest");
        assertEquals(0xff000004, image.getRGB(34 + 2 * 324 + 7, 40 + 299), "to 0");
        assertThrows(IllegalArgumentException.class, () -> DensityPicture.write(density, 2, List.of()));
        ErrorChart.write(chart,
                List.of(new Curve("c", List.of(1.0, 2.0), List.of(10.0, 0.1)), new Curve("none", List.of(), List.of()),
                        new Curve("odd", List.of(1.0, 2.0, 3.0), List.of(Double.POSITIVE_INFINITY, 0.0, Double.NaN))));
        assertEquals(900, ImageIO.read(chart.toFile()).getWidth());
    }

    @Test
    void imagesSideBySide() throws IOException {
        Path file = folder.resolve("sheet.png");
        double[] nine = new double[9 * 4];
        Arrays.fill(nine, -1);
        nine[4 * 8 + 1] = 0;   // the ninth image, its second pixel
        nine[4 * 8 + 2] = 7;
        ImageSheet.write(file, 2,
                List.of(new ImageSheet.Sheet("nine", nine), new ImageSheet.Sheet("one", new double[]{1, -1, -1, -3})));
        var image = ImageIO.read(file.toFile());
        int sheet = 8 * 6 - 2, below = 40 + 6, right = 24 + sheet + 24;
        assertEquals(24 + 2 * (sheet + 24), image.getWidth());
        assertEquals(40 + 2 * 6 + 24, image.getHeight());
        assertEquals(0xff000000, image.getRGB(24, 40));
        assertEquals(0xffffffff, image.getRGB(24 + 4, 40), "between images");
        assertEquals(0xff000000, image.getRGB(24 + 1, below + 1));
        assertEquals(0xff808080, image.getRGB(24 + 3, below));
        assertEquals(0xffffffff, image.getRGB(24, below + 3), "what is above 1 is white");
        assertEquals(0xffffffff, image.getRGB(right + 1, 40 + 1));
        assertEquals(0xff000000, image.getRGB(right + 3, 40 + 3), "what is below -1 is black");
        assertThrows(IllegalArgumentException.class, () -> ImageSheet.write(file, 2, List.of()));
        assertEquals("image sheet: 5 values of \"five\" are not images of 2 x 2", assertThrows(IllegalArgumentException.class,
                () -> ImageSheet.write(file, 2, List.of(new ImageSheet.Sheet("five", new double[5])))).getMessage());
    }

    private static final byte[] IDX = {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 1, 2, 3, 4, -1};

    @Test
    void idxFilesAreReadPackedOrNot() throws IOException {
        Path plain = folder.resolve("plain"), packed = folder.resolve("packed");
        Files.write(plain, IDX);
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(IDX);
        }
        for (Path file : List.of(plain, packed)) {
            Idx idx = Idx.read(file);
            assertEquals(Shape.of(2, 3), idx.shape());
            assertArrayEquals(new byte[]{0, 1, 2, 3, 4, -1}, idx.values());
            assertArrayEquals(new double[]{-1, -1 + 2 / 255.0, -1 + 4 / 255.0, -1 + 6 / 255.0, -1 + 8 / 255.0, 1},
                    Eval.eval(idx.array(-1, 1)).values(), 1e-7);
        }
    }

    @Test
    void whatIsNoIdxFileIsSaid() throws IOException {
        Path file = folder.resolve("bad");
        refusesIdx(file, "is no IDX file of bytes, as MNIST's are", "{\"a\": 1}".getBytes(StandardCharsets.UTF_8));
        refusesIdx(file, "is no IDX file of bytes, as MNIST's are", new byte[]{0, 0, 0x0D, 1, 0, 0, 0, 1, 0, 0, 0, 0});
        refusesIdx(file, "ends too soon for an IDX file", new byte[0]);
        refusesIdx(file, "ends too soon for an IDX file", Arrays.copyOf(IDX, 11));
        refusesIdx(file, "ends after 5 of 6 values of shape [2, 3]", Arrays.copyOf(IDX, 17));
        refusesIdx(file, "has axes of more than 2^31 elements", new byte[]{0, 0, 8, 1, -1, -1, -1, -1});
        refusesIdx(file, "has axes of more than 2^31 elements", new byte[]{0, 0, 8, 2, 0, 1, 0, 0, 0, 1, 0, 0});
        refusesIdx(file, "ends too soon for an IDX file", new byte[]{0x1F, (byte) 0x8B, 8});
        refusesIdx(file, "cannot be unpacked: Unsupported compression method",
                new byte[]{0x1F, (byte) 0x8B, 9, 0, 0, 0, 0, 0, 0, 0, 0});
        assertThrows(NoSuchFileException.class, () -> Idx.read(folder.resolve("none")));
    }

    private static void refusesIdx(Path file, String reason, byte[] bytes) throws IOException {
        Files.write(file, bytes);
        assertEquals(file + ": " + reason, assertThrows(IOException.class, () -> Idx.read(file)).getMessage());
    }
}
