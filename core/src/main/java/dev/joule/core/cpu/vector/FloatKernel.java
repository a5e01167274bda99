package dev.joule.core.cpu.vector;

/** A product of a few rows by a few vectors of columns, made by {@link KernelWriter}. Thread-safe. */
public interface FloatKernel {
    /**
     * c [rows, columns] = a [rows, depth] b [depth, columns], or c += a b. Strides are in bytes; neighbouring columns of b and of c
     * lie side by side. Each number is summed in the order of the depth, whatever the kernel's rows and columns are.
     *
     * @param aRow times rows fits into an int
     */
    void run(int depth, long a, long aRow, long aColumn, long b, long bRow, long c, long cRow, boolean accumulate);
}
