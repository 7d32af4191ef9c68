using System.CommandLine;
using HighPerf.Kafka.Cli.Measuring;
using HighPerf.Kafka.Cli.Measuring.Committing;
using HighPerf.Kafka.Cli.Output;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>hpk bench commit: how long awaited commits take when many share few requests.</summary>
internal static class BenchCommitCommand
{
    public static Command Create()
    {
        Command command = new("commit", "Stores offsets and awaits commits at fixed rates, against an embedded cluster that answers late");
        Option<int> partitions = new("--partitions", "-p") { Description = "Over how many partitions", DefaultValueFactory = static _ => 64 };
        Option<long> stores = new("--stores") { Description = "Offsets stored in a second", DefaultValueFactory = static _ => 1_000_000 };
        Option<long> commits = new("--commits") { Description = "Commits asked for, and awaited, in a second", DefaultValueFactory = static _ => 100_000 };
        Option<int> seconds = new("--seconds") { Description = "How long it is measured, after two that are not", DefaultValueFactory = static _ => 10 };
        Option<int> delay = new("--delay-ms") { Description = "How much later the cluster answers every request", DefaultValueFactory = static _ => 2 };
        Option<bool> json = new("--json") { Description = "The figures as one line of JSON" };
        foreach (Option option in new Option[] { partitions, stores, commits, seconds, delay, json })
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            CommitSettings settings = new(
                parsed.GetValue(partitions), parsed.GetValue(stores), parsed.GetValue(commits), parsed.GetValue(seconds), parsed.GetValue(delay));
            Check(settings);
            (CommitFigures figures, string? failure) = await CommitBench.RunAsync(settings, token);
            if (parsed.GetValue(json))
            {
                JsonLine.Write(figures.Write);
            }
            else
            {
                figures.WriteText(Console.Out);
            }

            if (failure is not null)
            {
                Console.Error.WriteLine($"{figures.Failed} of {figures.Commits} commits failed; the first: {failure}");
            }

            return failure is null ? ExitCode.Done : ExitCode.Failed;
        }));
        return command;
    }

    private static void Check(CommitSettings settings)
    {
        Require(settings.Partitions is >= 1 and <= 10_000, $"--partitions is {settings.Partitions}; it must be 1 to 10,000.");
        Require(settings.Commits is >= 1 and <= 10_000_000, $"--commits is {settings.Commits}; it must be 1 to 10,000,000.");
        bool isMultiple = settings.Stores >= settings.Commits && settings.Stores <= 1_000_000_000;
        Require(isMultiple, $"--stores is {settings.Stores}; it must be at least --commits, {settings.Commits}, and at most 1,000,000,000.");
        Require(settings.Seconds is >= 1 and <= 3600, $"--seconds is {settings.Seconds}; it must be 1 to 3,600.");
        Require(settings.DelayMilliseconds is >= 1 and <= 10_000, $"--delay-ms is {settings.DelayMilliseconds}; it must be 1 to 10,000.");
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }
}
