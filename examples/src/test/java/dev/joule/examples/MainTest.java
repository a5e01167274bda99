package dev.joule.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import javax.imageio.ImageIO;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.joule.core.DType;
import dev.joule.ed.file.Safetensors;

@ExtendWith(NoBufferLeft.class)
class MainTest {
    @TempDir
    Path folder;

    private record Outcome(int code, String out, String err) {
    }

    private static Outcome joule(String... args) {
        PrintStream out = System.out, err = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream(), complained = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(complained, true, StandardCharsets.UTF_8));
        try {
            int code = Main.run(args);
            return new Outcome(code, printed.toString(StandardCharsets.UTF_8), complained.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "compare --losses ed,xx        | unknown loss \"xx\": use ed, sm, cd",
            "compare --losses ed,ed        | --losses names one twice: ed,ed",
            "compare --data moons          | unknown data \"moons\": use 25gaussians",
            "compare --device tpu          | unknown device \"tpu\": use cpu, cuda, cuda:1 …, cuda-emulated or reference",
            "bench --loss ed --device cuda:99 | cuda:",
            "bench --loss ed --products tf32 | products in tf32 are for a GPU: the device cpu does them in float32",
            "bench --loss ed --products fp8 | Invalid value for option '--products'",
            "explain --loss ed --kernels k | --kernels is for --device cuda",
            "explain --loss ed --device cuda --kernels /dev/null/k | cannot write to /dev/null/k",
            "compare --steps -5            | --steps is -5, and must be at least 1",
            "compare --batch 0             | --batch is 0, and must be at least 1",
            "compare --every 0             | --every is 0, and must be at least 1",
            "compare --t 0                 | energy discrepancy: the variance t is 0.0, and must be positive",
            "compare --particles 0         | energy discrepancy: 0 particles, and at least 1 is needed",
            "compare --w -1                | energy discrepancy: the weight w is -1.0, and must not be negative",
            "compare --batch 2000000000    | matmul: an axis of 8000000000 elements is longer than any can be",
            "compare --threads 100000      | cpu: 100000 threads, and there can be 1 to 1024",
            "explain --loss ed --device tpu | unknown device \"tpu\"",
            "compare --threads 0           | --threads is 0, and must be at least 1",
            "compare --out /dev/null/x     | cannot write to the folder /dev/null/x",
            "compare --steps many          | Invalid value for option '--steps'",
            "images --steps 0              | --steps is 0, and must be at least 1",
            "images --width 0              | --width is 0, and must be at least 1",
            "images --rate 0               | --rate is 0.0, and must be positive",
            "images --every -1             | --every is -1, and must be at least 1",
            "images --images none.gz       | there is no file none.gz",
            "images --images pom.xml       | cannot read images: pom.xml: is no IDX file of bytes, as MNIST's are",
            "images --width 1000000000     | ConvTranspose2d",
            "images --out /dev/null/x      | cannot write to the folder /dev/null/x",
            "bench --loss xx               | unknown loss \"xx\": use ed, sm, cd, latent, ed-large",
            "bench --loss ed --seconds 0   | --seconds is 0.0, and must be positive",
            "bench --loss ed --per-call 0  | --per-call is 0, and must be at least 1",
            "bench                         | Missing required option: '--loss=<loss>'",
            "explain --loss xx             | unknown loss \"xx\": use ed, sm, cd",
            "dance                         | Unmatched argument at index 0: 'dance'"})
    void badInputIsOneLineAndCode2(String command, String message) {
        Outcome outcome = joule(command.split(" +"));
        assertEquals(2, outcome.code);
        assertTrue(outcome.err.startsWith("joule: " + message), outcome.err);
        assertEquals(1, outcome.err.lines().count(), outcome.err);
        assertEquals("", outcome.out);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            joule.passes      | fast  | joule.passes: no pass "fast"; there are rewrite, inline, windows, fuse, rows; or all, or none
            joule.loops.after | soon  | joule.loops.after: "soon" is not a number of tiles, such as 1000""")
    void aWrongPropertyIsOneLineToo(String property, String value, String message) {
        System.setProperty(property, value);
        try {
            Outcome outcome = joule("bench", "--loss", "ed", "--seconds", "0.1");
            assertEquals(2, outcome.code);
            assertEquals("joule: " + message, outcome.err.strip());
        } finally {
            System.clearProperty(property);
        }
    }

    @Test
    void aShortComparisonWritesAll() throws IOException {
        Path out = folder.resolve("deep/er");
        Outcome outcome = joule("compare", "--steps", "60", "--every", "20", "--out", out.toString());
        assertEquals(0, outcome.code, outcome.err);
        assertTrue(outcome.out.contains("energy discrepancy") && outcome.out.contains("contrastive divergence"), outcome.out);

        List<String> metrics = Files.readAllLines(out.resolve("metrics.csv"));
        assertEquals("loss,step,seconds,train_loss,log_density_mse", metrics.getFirst());
        assertEquals(List.of("ed,1", "ed,21", "ed,41", "ed,60"), metrics.stream().filter(line -> line.startsWith("ed,"))
                .map(line -> line.substring(0, line.indexOf(',', 3))).toList());
        JsonNode summary = new ObjectMapper().readTree(out.resolve("summary.json").toFile());
        for (String loss : List.of("ed", "sm", "cd")) {
            JsonNode one = summary.get(loss);
            assertEquals(60, one.get("steps").asLong());
            assertTrue(one.get("seconds").asDouble() > 0 && one.get("steps_per_second").asDouble() > 0);
            assertTrue(Double.isFinite(one.get("log_density_mse").asDouble()));
            var parameters = Safetensors.read(out.resolve(loss + ".safetensors"));
            assertEquals(10, parameters.size());
            assertEquals(DType.FLOAT32, parameters.get("layer3.weights").dtype());
            assertEquals("[128, 128]", parameters.get("layer3.weights").shape().toString());
        }
        assertEquals(34 + 4 * 324 + 70, ImageIO.read(out.resolve("density.png").toFile()).getWidth());
        assertEquals(900, ImageIO.read(out.resolve("mse.png").toFile()).getWidth());
    }

    @Test
    void whatIsNotFiniteIsToldAndTheCodeIs1() {
        Outcome outcome = joule("compare", "--losses", "ed", "--t", "1e80", "--steps", "3", "--out", folder.toString());
        assertEquals(1, outcome.code);
        assertTrue(outcome.err.startsWith("joule: ed: the loss is NaN at step 1; first in: "), outcome.err);
        assertTrue(Files.exists(folder.resolve("summary.json")));
    }

    /** Two images, left and right half white: what is shown is those, what is decoded of their codes, and samples. */
    @Test
    void imagesOfAFile() throws IOException {
        byte[] file = new byte[16 + 2 * 28 * 28];
        System.arraycopy(new byte[]{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28}, 0, file, 0, 16);
        for (int pixel = 0; pixel < 2 * 28 * 28; pixel++) {
            file[16 + pixel] = (byte) (pixel % 28 < 14 == pixel < 28 * 28 ? 255 : 0);
        }
        Path images = folder.resolve("two"), out = folder.resolve("images");
        Files.write(images, file);
        Outcome outcome = joule("images", "--images", images.toString(), "--steps", "40", "--every", "20", "--batch", "16",
                "--width", "8", "--out", out.toString());
        assertEquals(0, outcome.code, outcome.err);
        assertTrue(outcome.out.startsWith("40 steps in "), outcome.out);
        List<String> metrics = Files.readAllLines(out.resolve("metrics.csv"));
        assertEquals("step,seconds,train_loss,squared_error,energy_discrepancy", metrics.getFirst());
        assertEquals(List.of("1", "21", "40"), metrics.stream().skip(1).map(line -> line.split(",")[0]).toList());
        double before = Double.parseDouble(metrics.get(1).split(",")[3]),
                after = Double.parseDouble(metrics.get(3).split(",")[3]);
        assertTrue(after < before / 2, before + " " + after);
        var parameters = Safetensors.read(out.resolve("model.safetensors"));
        assertEquals("[32, 3, 3, 16]", parameters.get("decoder1.weights").shape().toString());
        assertEquals("[200, 1]", parameters.get("prior.layer3.weights").shape().toString());

        var picture = ImageIO.read(out.resolve("images.png").toFile());
        assertEquals(24 + 3 * (8 * 58 - 2 + 24), picture.getWidth());
        int left = picture.getRGB(24 + 10, 50), right = picture.getRGB(24 + 40, 50);
        assertTrue(Math.min(left, right) == 0xff000000 && Math.max(left, right) == 0xffffffff,
                "the first image is one of the two");
    }

    @Test
    void imagesOfAnotherSize() throws IOException {
        Path images = Files.write(folder.resolve("small"), new byte[]{0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7});
        assertEquals("joule: " + images + ": has shape [1, 1, 1], and must have [n, 28, 28]",
                joule("images", "--images", images.toString()).err.strip());
    }

    private Map<String, Safetensors.Array> trained(String name, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of("compare", "--losses", "ed", "--out", folder.resolve(name).toString()));
        command.addAll(List.of(options));
        assertEquals(0, joule(command.toArray(String[]::new)).code);
        return Safetensors.read(folder.resolve(name).resolve("ed.safetensors"));
    }

    @Test
    void theDefaultsAreTheAuthorsNumbers() throws IOException {
        double[] standard = trained("one", "--steps", "3").get("layer1.weights").values();
        assertArrayEquals(standard,
                trained("two", "--steps", "3", "--batch", "128", "--t", "1", "--particles", "4", "--w", "1", "--seed",
                        "0", "--data", "25gaussians").get("layer1.weights").values());
        assertFalse(Arrays.equals(standard, trained("three", "--steps", "3", "--w", "0").get("layer1.weights").values()));
    }

    /** A step of Adam moves a weight by 1e-3, its average by 1e-6. */
    @Test
    void whatIsSavedIsTheMovingAverage() throws IOException {
        double[] one = trained("one", "--steps", "1").get("layer1.weights").values(),
                two = trained("two", "--steps", "2").get("layer1.weights").values();
        double largest = IntStream.range(0, one.length).mapToDouble(i -> Math.abs(one[i] - two[i])).max().orElseThrow();
        assertTrue(largest > 1e-7 && largest < 1e-5, "largest change: " + largest);
    }

    @Test
    void whatCannotBeReplacedIsSaidBeforeWorkStarts() throws IOException {
        Files.createDirectories(folder.resolve("out/ed.safetensors"));
        Outcome outcome = joule("compare", "--out", folder.resolve("out").toString());
        assertEquals(2, outcome.code);
        assertEquals("joule: cannot write to " + folder.resolve("out/ed.safetensors") + ": it is a folder", outcome.err.strip());
    }

    @Test
    void numbersInFilesAreTheSameInEveryCountry() throws IOException {
        Locale before = Locale.getDefault();
        try {
            for (String tag : new String[]{"de-DE", "tr-TR", "ar-EG-u-nu-arab"}) {
                Locale.setDefault(Locale.forLanguageTag(tag));
                Path out = folder.resolve(tag);
                Outcome outcome = joule("compare", "--losses", "ed", "--steps", "2", "--out", out.toString());
                assertEquals(0, outcome.code, outcome.err);
                List<String> metrics = Files.readAllLines(out.resolve("metrics.csv"));
                assertTrue(metrics.get(1).matches("ed,1,\\d+\\.\\d{3},\\d+\\.\\d+,\\d+\\.\\d+"), metrics.get(1));
                assertEquals("float32", Safetensors.read(out.resolve("ed.safetensors")).get("layer0.weights").dtype().toString());
                assertTrue(joule("explain", "--loss", "ed", "--device", "cuda", "--kernels", out.toString()).code == 0);
                for (String line : Files.readAllLines(out.resolve("k0.cu"))) {
                    assertTrue(line.chars().noneMatch(c -> c > 127 && Character.isDigit(c)), line);
                }
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void benchPrintsOneLineInThePeersFormatAndThenTheCeilings() {
        Outcome outcome = joule("bench", "--loss", "ed", "--seconds", "0.2", "--threads", "2", "--ceilings");
        assertTrue(
                outcome.out
                        .matches("joule \\S+ ed cpu threads=2 steps/s [\\d.]+ min [\\d.]+ max [\\d.]+ first-step-s [\\d.]+\\R"
                                + "products: [\\d.]+ GFLOP/s in the step, [\\d.]+ at best \\(\\d+ %\\)\\R"
                                + "loops: [\\d.]+ GB/s in the step, [\\d.]+ at best from memory that no cache holds \\(\\d+ %\\)\\R"),
                outcome.out);
        Matcher rates = Pattern.compile("steps/s ([\\d.]+) min ([\\d.]+) max ([\\d.]+)").matcher(outcome.out);
        assertTrue(rates.find());
        double median = Double.parseDouble(rates.group(1));
        assertTrue(Double.parseDouble(rates.group(2)) <= median && median <= Double.parseDouble(rates.group(3)), outcome.out);
    }

    @Test
    void explainShowsTheExpressionTheGradientAndThePlan() {
        for (String loss : List.of("ed", "sm", "cd")) {
            Outcome outcome = joule("explain", "--loss", loss);
            assertEquals(0, outcome.code);
            for (String expected : List.of("softplus", "its gradient".replace("its", "Its"), "steps; arena", "matmul", "MFLOP",
                    ".java:")) {
                assertTrue(outcome.out.contains(expected), loss + ": " + expected);
            }
            assertFalse(outcome.out.contains("unknown source"));
        }
    }

    @Test
    void explainWritesTheKernelsOfAGpu() throws IOException {
        Outcome outcome = joule("explain", "--loss", "ed", "--device", "cuda", "--kernels", folder.resolve("k").toString());
        assertEquals(0, outcome.code, outcome.err);
        assertTrue(
                outcome.out.contains("k0, 128 blocks, each with 1 row, ") && outcome.out.contains("\n12 launches of 4 kernels"),
                outcome.out);
        String all = "";
        try (Stream<Path> files = Files.list(folder.resolve("k"))) {
            for (Path file : files.toList()) {
                String text = Files.readString(file);
                assertTrue(file.toString().endsWith(".cu") && text.contains("__global__ void __launch_bounds__(THREADS) k"),
                        text);
                all += text;
            }
        }
        assertTrue(all.contains("softplus(") && all.contains("// softplus [128, 128] at Energy.java"), all);
    }

    @Test
    void devicesSayWhatCanBeUsed() {
        Outcome outcome = joule("devices");
        assertTrue(outcome.out.contains("cpu            yes  "), outcome.out);
        assertTrue(outcome.out.matches("(?s).*\\Rcuda           (yes|no )  \\S.*"), outcome.out);
    }
}
