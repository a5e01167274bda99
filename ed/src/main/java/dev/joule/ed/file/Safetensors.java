package dev.joule.ed.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.joule.core.DType;
import dev.joule.core.Shape;

/**
 * The safetensors format: 8 bytes with the length of a JSON header (little-endian), the header with type, shape and place of each
 * tensor, then their bytes.
 */
public final class Safetensors {
    /** A named array in row-major order. */
    public record Array(DType dtype, Shape shape, double[] values) {
        public Array {
            if (values.length != shape.count()) {
                throw new IllegalArgumentException("safetensors: " + values.length + " values for shape " + shape);
            }
        }
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LARGEST_HEADER = 100_000_000;

    private Safetensors() {
    }

    public static void write(Path file, Map<String, Array> arrays) throws IOException {
        ObjectNode header = JSON.createObjectNode();
        long end = 0;
        for (Map.Entry<String, Array> entry : arrays.entrySet()) {
            Array array = entry.getValue();
            ObjectNode node = header.putObject(entry.getKey());
            node.put("dtype", code(array.dtype));
            ArrayNode shape = node.putArray("shape");
            for (int size : array.shape.toArray()) {
                shape.add(size);
            }
            long begin = end;
            end += array.shape.count() * array.dtype.bytes();
            node.putArray("data_offsets").add(begin).add(end);
        }
        String text = header.toString();
        byte[] json = (text + " ".repeat(Math.floorMod(-text.getBytes(StandardCharsets.UTF_8).length, 8)))
                .getBytes(StandardCharsets.UTF_8);
        ByteBuffer data = ByteBuffer.allocate(Math.toIntExact(8 + json.length + end)).order(ByteOrder.LITTLE_ENDIAN);
        data.putLong(json.length).put(json);
        arrays.values().forEach(array -> {
            for (double value : array.values) {
                switch (array.dtype) {
                    case FLOAT32 -> data.putFloat((float) value);
                    case FLOAT64 -> data.putDouble(value);
                    case INT32 -> data.putInt((int) value);
                }
            }
        });
        Atomic.write(file, out -> out.write(data.array()));
    }

    /** @throws IOException when the file is no safetensors file; the message says why */
    public static Map<String, Array> read(Path file) throws IOException {
        ByteBuffer data = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        require(file, data.remaining() >= 8, "it is shorter than 8 bytes");
        long length = data.getLong();
        require(file, length >= 0 && length <= Math.min(LARGEST_HEADER, data.remaining()),
                "its header of " + length + " bytes does not fit");
        byte[] json = new byte[(int) length];
        data.get(json);
        JsonNode header = header(file, json);
        ByteBuffer body = data.slice().order(ByteOrder.LITTLE_ENDIAN);
        Map<String, Array> arrays = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : header.properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                arrays.put(entry.getKey(), array(file, entry.getKey(), entry.getValue(), body));
            }
        }
        return arrays;
    }

    private static JsonNode header(Path file, byte[] json) throws IOException {
        JsonNode header;
        try {
            header = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IOException(file + " is no safetensors file: its header is no JSON: " + e.getOriginalMessage(), e);
        }
        require(file, header != null && header.isObject(), "its header is no JSON object");
        return header;
    }

    private static Array array(Path file, String name, JsonNode node, ByteBuffer body) throws IOException {
        DType dtype = switch (node.path("dtype").asText()) {
            case "F32" -> DType.FLOAT32;
            case "F64" -> DType.FLOAT64;
            case "I32" -> DType.INT32;
            default ->
                throw new IOException(file + ": " + name + " has type " + node.path("dtype") + ", which is not F32, F64 or I32");
        };
        require(file, node.path("shape").isArray(), name + " has no shape");
        int[] sizes = new int[node.path("shape").size()];
        long room = body.capacity();
        for (int i = 0; i < sizes.length; i++) {
            JsonNode size = node.path("shape").get(i);
            require(file, size.canConvertToExactIntegral() && size.asLong() >= 0 && size.asLong() <= Integer.MAX_VALUE,
                    name + " has a size " + size);
            sizes[i] = size.asInt();
            room = sizes[i] == 0 ? room : room / sizes[i];
        }
        require(file, room > 0 || IntStream.of(sizes).anyMatch(size -> size == 0), name + " does not fit its place");
        Shape shape = Shape.of(sizes);
        long begin = node.path("data_offsets").path(0).asLong(-1), end = node.path("data_offsets").path(1).asLong(-1);
        require(file, begin >= 0 && end <= body.capacity() && end - begin == shape.count() * dtype.bytes(),
                name + " does not fit its place");
        double[] values = new double[Math.toIntExact(shape.count())];
        for (int i = 0; i < values.length; i++) {
            int at = (int) begin + i * dtype.bytes();
            values[i] = switch (dtype) {
                case FLOAT32 -> body.getFloat(at);
                case FLOAT64 -> body.getDouble(at);
                case INT32 -> body.getInt(at);
            };
        }
        return new Array(dtype, shape, values);
    }

    private static void require(Path file, boolean holds, String what) throws IOException {
        if (!holds) {
            throw new IOException(file + " is no safetensors file: " + what);
        }
    }

    private static String code(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> "F32";
            case FLOAT64 -> "F64";
            case INT32 -> "I32";
        };
    }
}
