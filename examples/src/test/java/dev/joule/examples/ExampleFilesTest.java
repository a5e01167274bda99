package dev.joule.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs that the README shows run as they stand. */
class ExampleFilesTest {
    @TempDir
    Path folder;

    private String run(String example, String... arguments) throws IOException, InterruptedException {
        return run(0, example, arguments);
    }

    private String run(int status, String example, String... arguments) throws IOException, InterruptedException {
        Path file = Path.of(example).toAbsolutePath(), output = folder.resolve("output");
        assertTrue(Files.readAllLines(file).getFirst().startsWith("// ./joule run examples/" + example),
                "its first line runs it");
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "--add-modules",
                "jdk.incubator.vector", "-cp", System.getProperty("java.class.path"), file.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true)
                .redirectOutput(output.toFile()).start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES), "it did not end");
        String text = Files.readString(output);
        assertEquals(status, process.exitValue(), text);
        return text;
    }

    @Test
    void myLoss() throws IOException, InterruptedException {
        String text = run("MyLoss.java");
        assertTrue(text.lines().anyMatch(line -> line.matches("loss 0\\.[0-9]+(E-[0-9]+)?")), text);
    }

    /** A ring; the second time it goes on where it was, and samples are on the ring again. */
    @Test
    void ownData() throws IOException, InterruptedException {
        Random random = new Random(1);
        Path data = folder.resolve("ring.csv");
        Files.write(data, Stream.generate(() -> random.nextDouble(2 * Math.PI)).limit(2000)
                .map(angle -> (2 * Math.cos(angle) + 0.05 * random.nextGaussian()) + ", "
                        + (2 * Math.sin(angle) + 0.05 * random.nextGaussian()))
                .toList());
        String first = run("OwnData.java", data.toString()), second = run("OwnData.java", data.toString());
        assertTrue(first.lines().anyMatch(line -> line.startsWith("1000: loss ")), first);
        assertTrue(second.contains("going on at step ") && second.lines().noneMatch(line -> line.startsWith("1000: loss ")),
                second);
        for (String line : second.substring(second.indexOf("samples")).lines().skip(1).toList()) {
            String[] sample = line.replaceAll("[\\[\\] ]", "").split(",");
            double radius = Math.hypot(Double.parseDouble(sample[0]), Double.parseDouble(sample[1]));
            assertTrue(radius > 1 && radius < 3, "a sample at radius " + radius + ": " + second);
        }
    }

    @Test
    void ownNetwork() throws IOException, InterruptedException {
        String text = run("OwnNetwork.java");
        List<String> classes = text.lines().filter(line -> line.startsWith("class ")).toList();
        assertEquals(5, classes.size(), text);
        for (String line : classes) {
            double[] numbers = Stream.of(line.replaceAll("[^0-9. -]", "").trim().split(" +")).skip(1)
                    .mapToDouble(Double::parseDouble)
                    .toArray();
            assertTrue(Math.hypot(numbers[0] - numbers[2], numbers[1] - numbers[3]) < 0.3, text);
        }
    }

    @Test
    void denoising() throws IOException, InterruptedException {
        String last = run("Denoising.java").lines().toList().getLast();
        double[] errors = Stream.of(last.replaceAll("[^0-9. ]", "").trim().split(" +")).mapToDouble(Double::parseDouble)
                .toArray();
        assertTrue(errors[0] > 0.24 && errors[0] < 0.26 && errors[1] < 0.04, last);
    }

    /** Score matching does not see the weights; the more energy discrepancy perturbs, the better it does, and is least at the truth. */
    @Test
    void nearsighted() throws IOException, InterruptedException {
        List<double[]> rows = run("Nearsighted.java").lines().filter(line -> line.matches("[ \\d.-]+"))
                .map(line -> Stream.of(line.trim().split(" +")).mapToDouble(Double::parseDouble).toArray()).toList();
        assertEquals(8, rows.size());
        for (double[] row : rows) {
            assertEquals(0, row[1], 0.002);
            for (int loss = 2; loss < 6; loss++) {
                assertTrue(row[loss] >= row[loss - 1] - 0.002, "weight " + row[0]);
            }
            assertTrue(row[0] == 0.2 ? row[5] == 0 : row[5] > 0.003, "weight " + row[0]);
        }
        assertTrue(rows.getLast()[5] > 0.5);
    }

    @Test
    void ownDataThatIsNone() throws IOException, InterruptedException {
        Path data = Files.writeString(folder.resolve("header.csv"), "x,y\n1,2\n");
        assertEquals(data + ": \"x,y\" is no row of numbers with commas between them",
                run(2, "OwnData.java", data.toString()).lines().filter(line -> !line.startsWith("WARNING")).toList().getLast());
    }

    @Test
    void ownDataWithoutAFile() throws IOException, InterruptedException {
        for (String[] arguments : new String[][]{{}, {"there-is-none.csv"}}) {
            String text = run(2, "OwnData.java", arguments);
            assertEquals(1, text.lines().filter(line -> line.startsWith("OwnData.java wants one argument")).count(), text);
            assertTrue(text.lines().noneMatch(line -> line.contains("Exception")), text);
        }
    }
}
