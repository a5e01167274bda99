package dev.joule.ed.picture;

import static dev.joule.autodiff.Constants.array;

import java.util.Arrays;

import dev.joule.autodiff.Expr;

/** The cells of a square picture of the plane from -extent to extent. */
public record Grid(double extent, int side) {

    /** The cells' centres [side * side, 2]: row by row, the top row, where y is largest, first. */
    public Expr points() {
        double[][] points = new double[side * side][];
        for (int i = 0; i < points.length; i++) {
            points[i] = new double[]{centre(i % side), -centre(i / side)};
        }
        return array(points);
    }

    private double centre(int cell) {
        return extent * ((2 * cell + 1.0) / side - 1);
    }

    /** The density [row][column] of which the logarithm is given up to a constant: it integrates to 1 over the square. */
    public double[][] density(double[] logarithm) {
        double largest = Arrays.stream(logarithm).max().orElse(0), cell = 4 * extent * extent / (side * side);
        double[] weight = Arrays.stream(logarithm).map(l -> Math.exp(l - largest)).toArray();
        double total = Arrays.stream(weight).sum() * cell;
        double[][] density = new double[side][side];
        for (int i = 0; i < weight.length; i++) {
            density[i / side][i % side] = weight[i] / total;
        }
        return density;
    }
}
