using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace HighPerf.Kafka.Interop.Tests.Peers;

/// <summary>
/// What clients said while a scenario ran. A client hides much of what a server does wrong: it falls back to an older way, guesses, tries again. Its log tells.
/// Thread-safe.
/// </summary>
internal sealed partial class ClientLog
{
    private readonly Lock _lock = new();

    /// <summary>Under the lock.</summary>
    private readonly List<string> _lines = [];

    /// <summary>Under the lock.</summary>
    private readonly List<Regex> _expected = [];

    /// <summary>How many lines a failure shows, the last ones.</summary>
    private const int Shown = 400;

    public void Add(string client, string line)
    {
        lock (_lock)
        {
            _lines.Add($"{DateTime.UtcNow:mm:ss.fff} {client}: {line}");
        }
    }

    /// <summary>Lines that match are expected in this scenario, whatever they say.</summary>
    public void Expect([StringSyntax(StringSyntaxAttribute.Regex)] string pattern)
    {
        lock (_lock)
        {
            _expected.Add(new Regex(pattern));
        }
    }

    /// <summary>Nothing in the log speaks of a server that the client did not understand, or that did not understand the client.</summary>
    public void AssertClean()
    {
        List<string> suspicious;
        lock (_lock)
        {
            suspicious = [.. _lines.Where(line => Suspicious().IsMatch(line) && !Harmless().IsMatch(line) && !_expected.Any(regex => regex.IsMatch(line)))];
        }

        Assert.True(suspicious.Count == 0, $"A client logged:\n{string.Join('\n', suspicious.Take(Shown))}");
    }

    public override string ToString()
    {
        lock (_lock)
        {
            return new StringBuilder().AppendJoin('\n', _lines.TakeLast(Shown)).ToString();
        }
    }

    /// <summary>A warning or worse, in the form of each client, and lines that speak of what was not understood, or of a broker's error.</summary>
    [GeneratedRegex(
        @"^\S+ \S+: (Warning|Error|Critical|Alert|Emergency|WARNING|ERROR|CRITICAL|Traceback|%[0-4]\||% ERROR)"
        + @"|not supported|unsupported|lacks|fall(ing)? ?back|PROTOERR|PROTOUFLOW|pars(e|ing)|malformed|underflow|corrupt|mismatch|CRC32C? check"
        + @"|unknown[ _](topic|partition|member|error|broker|api|group)|\bUnknown\b|(?-i:Broker: )",
        RegexOptions.IgnoreCase)]
    private static partial Regex Suspicious();

    /// <summary>
    /// What clients say of every server, a right one included: a fetch ends in the middle of a batch (KIP-74), a member is told its id (KIP-394), a group
    /// rebalances, the transaction before still ends, an answer comes after the client was closed, the client does not know the newest APIs.
    /// </summary>
    [GeneratedRegex(
        @"truncated response from broker \(ok\)|Local: Broker handle destroyed|Broker: Group member needs a valid member ID|Broker: Group rebalance in progress"
        + @"|another concurrent operation on the same transaction was ongoing|unknown but owned: 0|PIDBROKER|ApiKey Unknown-\d+\?"
        + @"|No partition metadata for topic|because it is rebalancing|NodeNotReadyError|Fetch to node \d+ failed: Cancelled")]
    private static partial Regex Harmless();
}
