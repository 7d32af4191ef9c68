using System.Globalization;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Cli.Faults;

/// <summary>
/// A fault as it is written on a command line: <c>Api[,which=value...]:what[=value][,which=value...]</c>, such as
/// <c>Produce:error=NotLeaderOrFollower,every=100</c> or <c>Fetch,broker=2:delay=200ms,nth=5</c>.
/// </summary>
internal static class FaultText
{
    /// <summary>For people who ask for help.</summary>
    public const string Help =
        """
        A fault: <api or *>[,<which>...]:<what>[,<which>...], such as Produce:error=NotLeaderOrFollower,every=100 or Fetch,broker=2:delay=200ms,nth=5.
        Which requests: broker=ID connection=N client=NAME topic=NAME partition=N skip=N every=N times=N nth=N.
        What happens: error=CODE (with topic and partition: for that one alone), error-after=CODE (applied all the same), delay=TIME, throttle=TIME,
        lose-answer, silence-answer, lose-request, close, half-open, cut=BYTES (of the answer). TIME is 200ms, 5s or 2m.
        """;

    /// <summary>Adds the fault to a plan.</summary>
    /// <exception cref="ArgumentException">The text is no fault; the message says why.</exception>
    public static FaultRule Add(FaultPlan plan, string text)
    {
        try
        {
            return Parse(plan, text);
        }
        catch (ArgumentException error)
        {
            throw new ArgumentException($"--fault {text}: {error.Message}", error);
        }
    }

    private static FaultRule Parse(FaultPlan plan, string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            throw new ArgumentException("it has the form <api>:<what>; see hpk broker --help");
        }

        string[] left = text[..colon].Split(',', StringSplitOptions.TrimEntries);
        string[] right = text[(colon + 1)..].Split(',', StringSplitOptions.TrimEntries);
        RequestMatch match = new() { ApiKey = left[0] == "*" ? null : Name<ApiKey>("API", left[0]) };
        foreach (string which in left.Skip(1).Concat(right.Skip(1)))
        {
            match = Narrow(match, which);
        }

        (string what, string? value) = Split(right[0]);
        return AddAction(plan, match, what, value);
    }

    private static FaultRule AddAction(FaultPlan plan, RequestMatch match, string what, string? value) => what switch
    {
        "error" when match is { Topic: { } topic, Partition: { } partition } => plan.Fail(match, Name<ErrorCode>("error", value), topic, partition),
        "error" => plan.Fail(match, Name<ErrorCode>("error", value)),
        "error-after" => plan.FailAfterApplying(match, Name<ErrorCode>("error", value)),
        "delay" => plan.Delay(match, Time(value)),
        "throttle" => plan.Throttle(match, Time(value)),
        "cut" => plan.CutAnswer(match, Number("cut", value)),
        _ when value is not null => throw new ArgumentException($"there is no {what}=; see hpk broker --help"),
        "lose-answer" => plan.LoseAnswer(match),
        "silence-answer" => plan.SilenceAnswer(match),
        "lose-request" => plan.LoseRequest(match),
        "close" => plan.Close(match),
        "half-open" => plan.HalfOpen(match),
        _ => throw new ArgumentException($"there is no fault '{what}'; see hpk broker --help"),
    };

    private static RequestMatch Narrow(RequestMatch match, string which)
    {
        (string name, string? value) = Split(which);
        return name switch
        {
            "broker" => match with { Broker = Number(name, value) },
            "connection" => match with { Connection = Number(name, value) },
            "client" when value is not null => match with { ClientId = value },
            "topic" when value is not null => match with { Topic = value },
            "partition" => match with { Partition = Number(name, value) },
            "skip" => match with { Skip = Number(name, value) },
            "every" => match with { Every = Number(name, value) },
            "times" => match with { Times = Number(name, value) },
            "nth" => match.Nth(Number(name, value)),
            _ => throw new ArgumentException($"'{which}' does not say which requests are meant; see hpk broker --help"),
        };
    }

    private static (string Name, string? Value) Split(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (text, null) : (text[..equals], text[(equals + 1)..]);
    }

    /// <summary>A name of the protocol, written as here or as Apache Kafka does (NOT_LEADER_OR_FOLLOWER), or its number.</summary>
    private static T Name<T>(string kind, string? text)
        where T : struct, Enum
    {
        string plain = (text ?? "").Replace("_", "", StringComparison.Ordinal);
        return Enum.TryParse(plain, ignoreCase: true, out T value) && Enum.IsDefined(value)
            ? value
            : throw new ArgumentException($"there is no {kind} '{text}'");
    }

    private static int Number(string name, string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw new ArgumentException($"{name} is '{text}'; it must be a number");

    private static TimeSpan Time(string? text)
    {
        (string unit, double seconds)[] units = [("ms", 0.001), ("s", 1), ("m", 60)];
        foreach ((string unit, double seconds) in units)
        {
            if (text is not null && text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count))
            {
                return TimeSpan.FromSeconds(count * seconds);
            }
        }

        throw new ArgumentException($"'{text}' is no time such as 200ms, 5s or 2m");
    }
}
