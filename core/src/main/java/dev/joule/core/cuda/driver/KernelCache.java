package dev.joule.core.cuda.driver;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Compiled kernels in a folder, by what they were compiled from and for. A file begins with the hash of what follows, so that one which
 * was cut or changed is not used, and gets its name when it is complete, so that several processes may share the folder. A folder that
 * cannot be used is no error: then kernels are compiled each time.
 */
public final class KernelCache {
    private static final int HASH_BYTES = 32;

    private final Path folder;

    public KernelCache(Path folder) {
        this.folder = folder;
    }

    /** The folder that the system property {@code joule.cache} names, or joule in the user's folder for such files. */
    public static KernelCache ofUser() {
        String named = System.getProperty("joule.cache"), shared = System.getenv("XDG_CACHE_HOME");
        return new KernelCache(named != null ? Path.of(named)
                : (shared != null && !shared.isEmpty() ? Path.of(shared) : Path.of(System.getProperty("user.home"), ".cache"))
                        .resolve("joule"));
    }

    /** The kernels of a source for a kind of device: those of an earlier time, or else those that {@code compiler} makes now. */
    public byte[] get(String source, String kind, Supplier<byte[]> compiler) {
        Path file = folder
                .resolve(HexFormat.of().formatHex(hash((kind + "\0" + source).getBytes(StandardCharsets.UTF_8))) + ".kernels");
        return read(file).orElseGet(() -> {
            byte[] kernels = compiler.get();
            write(file, kernels);
            return kernels;
        });
    }

    private static Optional<byte[]> read(Path file) {
        try {
            byte[] all = Files.readAllBytes(file);
            byte[] kernels = Arrays.copyOfRange(all, Math.min(HASH_BYTES, all.length), all.length);
            boolean whole = all.length > HASH_BYTES && Arrays.equals(hash(kernels), 0, HASH_BYTES, all, 0, HASH_BYTES);
            return whole ? Optional.of(kernels) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private void write(Path file, byte[] kernels) {
        try {
            Files.createDirectories(folder);
            Path part = Files.createTempFile(folder, "kernels", ".part");
            try {
                Files.write(part, ByteBuffer.allocate(HASH_BYTES + kernels.length).put(hash(kernels)).put(kernels).array());
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            System.getLogger(KernelCache.class.getName()).log(System.Logger.Level.DEBUG, "kernels are not kept in " + folder, e);
        }
    }

    private static byte[] hash(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
