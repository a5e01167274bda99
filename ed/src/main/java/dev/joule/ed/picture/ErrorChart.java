package dev.joule.ed.picture;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

import javax.imageio.ImageIO;

import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Errors against steps, on a logarithmic scale, as in the paper. What has no logarithm, or an infinite one, is left out. */
public final class ErrorChart {
    private ErrorChart() {
    }

    public static void write(Path file, List<Curve> curves) throws IOException {
        System.setProperty("java.awt.headless", "true");
        XYChart chart = chart(curves.stream().map(ErrorChart::visible).filter(curve -> !curve.x().isEmpty()).toList());
        ImageIO.setUseCache(false);   // its cache files want a shutdown hook, which is too late for after Ctrl-C
        BitmapEncoder.saveBitmap(chart, file.toString(), BitmapEncoder.BitmapFormat.PNG);
    }

    private static Curve visible(Curve curve) {
        int[] shown = IntStream.range(0, curve.y().size())
                .filter(i -> curve.y().get(i) > 0 && curve.y().get(i) <= Double.MAX_VALUE)
                .toArray();
        return new Curve(curve.name(), IntStream.of(shown).mapToObj(curve.x()::get).toList(),
                IntStream.of(shown).mapToObj(curve.y()::get).toList());
    }

    static XYChart chart(List<Curve> curves) {
        XYChart chart = new XYChartBuilder().width(900).height(500).title("Error of the learned log-density").xAxisTitle("steps")
                .yAxisTitle("mean squared error").build();
        chart.getStyler().setXAxisDecimalPattern("#,###").setXAxisMin(0.0).setYAxisLogarithmic(true);
        chart.getStyler().setLegendPosition(LegendPosition.OutsideS).setLegendLayout(LegendLayout.Horizontal)
                .setChartBackgroundColor(Color.WHITE);
        wholeDecades(chart, curves.stream().flatMap(curve -> curve.y().stream()).mapToDouble(Math::log10).toArray());
        curves.forEach(curve -> chart.addSeries(curve.name(), curve.x(), curve.y()).setMarker(SeriesMarkers.NONE));
        return chart;
    }

    /** Only powers of ten are written beside the axis, so it begins with one and ends with another. */
    private static void wholeDecades(XYChart chart, double[] logarithms) {
        double least = Math.floor(DoubleStream.of(logarithms).min().orElse(0));
        double most = Math.max(least + 1, Math.ceil(DoubleStream.of(logarithms).max().orElse(1)));
        chart.getStyler().setYAxisMin(Math.pow(10, least)).setYAxisMax(Math.pow(10, most));
    }
}
