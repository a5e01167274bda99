package dev.joule.ed.file;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

import dev.joule.autodiff.Constants;
import dev.joule.autodiff.Expr;
import dev.joule.core.DType;
import dev.joule.core.Shape;

/**
 * An array of bytes, each 0 to 255, in the format of MNIST's files (LeCun, Cortes and Burges 1998), gzipped or not: two zeros, the type, the
 * number of axes; each axis' size, as 4 bytes, the high one first; then the values.
 *
 * @param values in row-major order
 */
public record Idx(Shape shape, byte[] values) {
    private static final int UNSIGNED_BYTES = 0x08, GZIP = 0x1F8B, MOST_AXES = 8;

    /** @throws IOException if there is no such file, or it is of another format or ends too soon */
    public static Idx read(Path file) throws IOException {
        try (DataInputStream in = new DataInputStream(unpacked(new BufferedInputStream(Files.newInputStream(file))))) {
            int zeros = in.readUnsignedShort(), type = in.readUnsignedByte(), axes = in.readUnsignedByte();
            if (zeros != 0 || type != UNSIGNED_BYTES || axes > MOST_AXES) {
                throw new IOException(file + ": is no IDX file of bytes, as MNIST's are");
            }
            int[] sizes = new int[axes];
            long count = 1;
            for (int axis = 0; axis < axes; axis++) {
                sizes[axis] = in.readInt();
                if (sizes[axis] < 0 || (count *= sizes[axis]) > Integer.MAX_VALUE - 8) {
                    throw new IOException(file + ": has axes of more than 2^31 elements");
                }
            }
            byte[] values = in.readNBytes((int) count);
            if (values.length < count) {
                throw new IOException(
                        file + ": ends after " + values.length + " of " + count + " values of shape " + Shape.of(sizes));
            }
            return new Idx(Shape.of(sizes), values);
        } catch (EOFException _) {
            throw new IOException(file + ": ends too soon for an IDX file");
        } catch (ZipException e) {
            throw new IOException(file + ": cannot be unpacked: " + e.getMessage());
        }
    }

    /** The values as float32, of which {@code black} stands for 0 and {@code white} for 255. They stay bytes on the host. */
    public Expr array(double black, double white) {
        return Constants.array(DType.FLOAT32, shape, i -> black + (white - black) * (values[i] & 255) / 255);
    }

    private static InputStream unpacked(InputStream in) throws IOException {
        in.mark(2);
        int begin = in.read() << 8 | in.read();
        in.reset();
        return begin == GZIP ? new GZIPInputStream(in) : in;
    }
}
