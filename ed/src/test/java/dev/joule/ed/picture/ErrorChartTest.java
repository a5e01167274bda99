package dev.joule.ed.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;

import org.junit.jupiter.api.Test;

class ErrorChartTest {
    @Test
    void theAxisBeginsAndEndsWithAPowerOfTen() {
        assertAxis(1, 10, 5.19, 5.32, 5.09);
        assertAxis(0.1, 1000, 0.3, 270.0);
        assertAxis(10, 100, 10.0);
    }

    private static void assertAxis(double least, double most, Double... errors) {
        List<Double> steps = List.of(errors).stream().map(error -> error * 100).toList();
        var styler = ErrorChart.chart(List.of(new Curve("ed", steps, List.of(errors)))).getStyler();
        assertEquals(least, styler.getYAxisMin(), 1e-12);
        assertEquals(most, styler.getYAxisMax(), 1e-12);
    }
}
