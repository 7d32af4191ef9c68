using System.Globalization;

namespace HighPerf.Kafka.Comparison.Tables;

/// <summary>The median of some rounds, and how far they lie apart.</summary>
internal readonly record struct Spread(double Median, double Least, double Most)
{
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        double median = sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }

    public override string ToString() => $"{Short(Median)} ({Short(Least)}..{Short(Most)})";

    private static string Short(double value) => value.ToString(
        Math.Abs(value) switch { >= 1000 => "N0", >= 100 => "F0", >= 10 => "F1", >= 1 => "F2", _ => "F3" }, CultureInfo.InvariantCulture);
}
