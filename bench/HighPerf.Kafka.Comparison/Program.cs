using System.CommandLine;
using HighPerf.Kafka.Cli.Measuring.Producing;
using HighPerf.Kafka.Comparison.ConfluentClient;
using HighPerf.Kafka.Comparison.Tables;

RootCommand root = new("Other clients under the loads of hpk bench, and tables of both; bench/produce.sh starts it with all it needs");
root.Subcommands.Add(Produce());
root.Subcommands.Add(TableCommand.Create());
return await root.Parse(args).InvokeAsync();

static Command Produce()
{
    Command command = new("produce", "What \"hpk bench produce\" does, by Confluent.Kafka");
    ProduceKnobs knobs = new();
    knobs.AddTo(command);
    command.SetAction(async (parsed, token) =>
    {
        try
        {
            return await ConfluentBench.RunAsync(knobs.Settings(parsed), new ProduceReport(knobs.IsJson(parsed), Console.Out, Console.Error), token);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            Console.Error.WriteLine($"comparison: {e.Message}");
            return e is ArgumentException ? 2 : 1;
        }
    });
    return command;
}
