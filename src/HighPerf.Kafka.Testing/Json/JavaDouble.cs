using System.Globalization;

namespace HighPerf.Kafka.Testing.Json;

/// <summary>
/// A double as Java prints it, so that our JSON is the same text as Kafka's: the shortest digits that read back as the value, but at least two of them; plain
/// from 0.001 up to 10,000,000, else with an exponent.
/// </summary>
internal static class JavaDouble
{
    /// <summary>The text of a finite value.</summary>
    public static string Format(double value)
    {
        string shortest = value.ToString("E16", CultureInfo.InvariantCulture);
        for (int digits = 1; digits < 17; digits++)
        {
            string text = value.ToString("E" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (double.Parse(text, CultureInfo.InvariantCulture).Equals(value))
            {
                shortest = text;
                break;
            }
        }

        double size = Math.Abs(value);
        return size == 0 || (size >= 1e-3 && size < 1e7) ? Plain(shortest, value) : WithExponent(shortest);
    }

    /// <summary>1.50E+300 becomes 1.5E300.</summary>
    private static string WithExponent(string scientific)
    {
        int e = scientific.IndexOf('E', StringComparison.Ordinal);
        int exponent = int.Parse(scientific.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return $"{scientific[..e]}E{exponent.ToString(CultureInfo.InvariantCulture)}";
    }

    /// <summary>1.5E+001 becomes 15.0.</summary>
    private static string Plain(string scientific, double value)
    {
        int e = scientific.IndexOf('E', StringComparison.Ordinal);
        int digits = scientific[..e].Count(char.IsAsciiDigit);
        int exponent = int.Parse(scientific.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        int decimals = Math.Max(digits - 1 - exponent, 1);
        string text = value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture).TrimEnd('0');
        return text.EndsWith('.') ? text + "0" : text;
    }
}
