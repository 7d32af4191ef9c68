using System.CommandLine;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>The options of hpk consume.</summary>
internal sealed class ConsumeOptions
{
    private readonly Argument<string[]> _topics = new("topic") { Description = "The topics", Arity = ArgumentArity.ZeroOrMore };

    private readonly Option<string[]> _more = new("--topic", "-t")
    {
        Description = "A topic, as the argument; may be repeated",
        DefaultValueFactory = static _ => [],
    };

    private readonly Option<bool> _committed = new("--read-committed") { Description = "Leave out records of open and aborted transactions" };

    public Option<string?> Pattern { get; } = new("--pattern") { Description = "With --group: every topic whose whole name matches this regular expression" };

    public Option<string?> Group { get; } = new("--group", "-g") { Description = "Read as a member of this group, and commit what was printed" };

    public Option<string?> Instance { get; } = new("--instance")
    {
        Description = "With --group: a static member of this name, which does not leave at the end",
    };

    public Option<bool> NoCommit { get; } = new("--no-commit") { Description = "With --group: commit nothing" };

    public Option<int[]> Partitions { get; } = new("--partition", "-p") { Description = "Only this partition; may be repeated. Not with --group" };

    public Option<string> Offset { get; } = new("--offset", "-o", "--from")
    {
        Description = "Where to begin: beginning, end, or an offset. With --group beginning or end, for partitions of which nothing is committed",
        DefaultValueFactory = static _ => "beginning",
    };

    public Option<long> Max { get; } = new("--max", "-n", "--count") { Description = "End after this many records; 0 for no limit" };

    public Option<bool> ExitAtEnd { get; } = new("--exit", "-e")
    {
        Description = "End when the end of every partition, as it is at the start, is reached; with --group, of those that the group has given",
    };

    public Option<string?> Separator { get; } = new("--key-separator", "-k") { Description = "Print the key too, with this behind it" };

    public Option<bool> Json { get; } = new("--json") { Description = "JSON lines, with offset, timestamp, headers, and key and value in base64" };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_topics);
        Option[] all = [_more, Pattern, Group, Instance, NoCommit, Partitions, Offset, Max, ExitAtEnd, _committed, Separator, Json];
        foreach (Option option in all)
        {
            command.Options.Add(option);
        }
    }

    public string[] Names(ParseResult parsed) => [.. parsed.GetValue(_topics)!.Concat(parsed.GetValue(_more)!).Distinct(StringComparer.Ordinal)];

    public IsolationLevel Isolation(ParseResult parsed) => parsed.GetValue(_committed) ? IsolationLevel.ReadCommitted : IsolationLevel.ReadUncommitted;

    /// <exception cref="ArgumentException">The options do not go together; the message says why.</exception>
    public void Check(ParseResult parsed)
    {
        bool isMember = parsed.GetValue(Group) is not null;
        bool hasPattern = parsed.GetValue(Pattern) is not null;
        Require(Names(parsed).Length > 0 != hasPattern, "which topics? Name them, or give a --pattern.");
        Require(isMember || !hasPattern, "--pattern goes with --group.");
        Require(isMember || !parsed.GetValue(NoCommit), "--no-commit goes with --group: nothing else commits.");
        Require(isMember || parsed.GetValue(Instance) is null, "--instance goes with --group.");
        Require(!isMember || parsed.GetValue(Partitions) is null or { Length: 0 }, "--partition does not go with --group, which gives the partitions.");
        string offset = parsed.GetValue(Offset)!;
        Require(!isMember || offset is "beginning" or "end", $"--offset is '{offset}'; with --group it must be beginning or end.");
        Require(parsed.GetValue(Max) >= 0, $"--max is {parsed.GetValue(Max)}; it must be 0 or more.");
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }
}
