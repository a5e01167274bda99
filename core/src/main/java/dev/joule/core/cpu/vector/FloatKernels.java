package dev.joule.core.cpu.vector;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import jdk.incubator.vector.VectorSpecies;

/** The kernels of a process: each is written once. */
public final class FloatKernels {
    private static final Map<Shape, FloatKernel> KERNELS = new ConcurrentHashMap<>();

    private record Shape(int rows, int vectors, VectorSpecies<Float> species) {
    }

    private FloatKernels() {
    }

    public static FloatKernel of(int rows, int vectors, VectorSpecies<Float> species) {
        return KERNELS.computeIfAbsent(new Shape(rows, vectors, species),
                shape -> KernelWriter.write(shape.rows(), shape.vectors(), shape.species()));
    }
}
