using System.CommandLine;
using HighPerf.Kafka.Cli.Commands;
using HighPerf.Kafka.Cli.Output;
using HighPerf.Kafka.Cli.Wire;

namespace HighPerf.Kafka.Cli;

/// <summary>The commands of hpk and what its exit codes mean: 0 done, 1 failed, 2 asked for in a way that cannot be, 130 interrupted.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        RootCommand root = new(
            """
            hpk, the command-line tool of HighPerf.Kafka.

            Exit codes: 0 done, 1 failed, 2 wrong use, 130 interrupted. What may be parsed goes to standard output, everything else to standard error.
            """);
        root.Subcommands.Add(ProduceCommand.Create());
        root.Subcommands.Add(ConsumeCommand.Create());
        root.Subcommands.Add(TopicsCommand.Create());
        root.Subcommands.Add(GroupsCommand.Create());
        root.Subcommands.Add(WireCommand.Create());
        root.Subcommands.Add(BrokerCommand.Create());
        root.Subcommands.Add(BenchCommand.Create());
        root.Subcommands.Add(DemoCommand.Create());
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
            {
                Console.Error.WriteLine($"hpk: {error.Message}");
            }

            Console.Error.WriteLine($"hpk: see 'hpk {string.Join(' ', Path(parsed))}--help'");
            return ExitCode.WrongUse;
        }

        return await parsed.InvokeAsync();
    }

    /// <summary>Runs a command's action and turns what it throws into a message and an exit code.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> action)
    {
        try
        {
            return await action();
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (WireException.IsAboutInput(e) || e is IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"hpk: {e.Message}");
            return ExitCode.Failed;
        }
        catch (ArgumentException e)
        {
            Console.Error.WriteLine($"hpk: {e.Message}");
            return ExitCode.WrongUse;
        }
    }

    private static IEnumerable<string> Path(ParseResult parsed)
    {
        System.CommandLine.Parsing.CommandResult? command = parsed.CommandResult;
        Stack<string> names = new();
        while (command is { Command: not RootCommand })
        {
            names.Push(command.Command.Name);
            command = command.Parent as System.CommandLine.Parsing.CommandResult;
        }

        return names.Append("");
    }
}
