using System.Globalization;
using System.Text.RegularExpressions;

namespace HighPerf.Kafka.Cli.Measuring.Committing;

/// <summary>
/// The commits as the broker saw them, from the lines of its log: how many, and how many at most were with it at a time. Arrivals are told to the millisecond,
/// so two count as together only when the second came a whole millisecond before the first was answered. Owner: who is told the lines.
/// </summary>
internal sealed partial class CommitTraffic
{
    private const double Precision = 1;

    // When those that are not answered yet will be, in milliseconds of the day.
    private readonly List<double> _ends = [];

    public int Requests { get; private set; }

    /// <summary>0 before the first.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>Those that were refused.</summary>
    public int Refused { get; private set; }

    public void Add(string line)
    {
        if (Commit().Match(line) is not { Success: true } match)
        {
            return;
        }

        double arrival = TimeSpan.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture).TotalMilliseconds;
        _ends.RemoveAll(end => end <= arrival + Precision);
        _ends.Add(arrival + double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        Requests++;
        Refused += match.Groups[3].Length > 0 ? 1 : 0;
        MostAtOnce = Math.Max(MostAtOnce, _ends.Count);
    }

    [GeneratedRegex(@"^(\S+) #\d+ \S+ > \d+ OffsetCommit v\d+ .* < \d+B ([0-9.]+)ms(.*)$")]
    private static partial Regex Commit();
}
