using System.CommandLine;
using HighPerf.Kafka.Cli.Measuring.Consuming;
using HighPerf.Kafka.Cli.Measuring.Producing;
using HighPerf.Kafka.Comparison.ConfluentClient;
using HighPerf.Kafka.Comparison.Tables;

RootCommand root = new("Other clients under the loads of hpk bench, and tables of both; bench/produce.sh and bench/consume.sh start it with all it needs");
root.Subcommands.Add(Produce());
root.Subcommands.Add(Consume());
root.Subcommands.Add(RoundTrip());
root.Subcommands.Add(TableCommand.Create());
root.Subcommands.Add(ConsumeTableCommand.Create());
return await root.Parse(args).InvokeAsync();

static Command Produce()
{
    Command command = new("produce", "What \"hpk bench produce\" does, by Confluent.Kafka");
    ProduceKnobs knobs = new();
    knobs.AddTo(command);
    command.SetAction((parsed, token) => GuardAsync(
        () => ConfluentBench.RunAsync(knobs.Settings(parsed), new ProduceReport(knobs.IsJson(parsed), Console.Out, Console.Error), token)));
    return command;
}

static Command Consume()
{
    Command command = new("consume", "What \"hpk bench consume\" does, by Confluent.Kafka");
    ConsumeKnobs knobs = new();
    knobs.AddTo(command);
    command.SetAction((parsed, token) => GuardAsync(async () =>
    {
        await ConfluentConsumeBench.RunAsync(knobs.Settings(parsed), new ConsumeReport(knobs.IsJson(parsed), Console.Out, Console.Error), token);
        return 0;
    }));
    return command;
}

static Command RoundTrip()
{
    Command command = new("roundtrip", "What \"hpk bench roundtrip\" does, by Confluent.Kafka");
    RoundTripKnobs knobs = new();
    knobs.AddTo(command);
    command.SetAction((parsed, token) => GuardAsync(async () =>
    {
        await ConfluentRoundTripBench.RunAsync(knobs.Settings(parsed), new ConsumeReport(knobs.IsJson(parsed), Console.Out, Console.Error), token);
        return 0;
    }));
    return command;
}

static async Task<int> GuardAsync(Func<Task<int>> action)
{
    try
    {
        return await action();
    }
    catch (Exception e) when (e is ArgumentException or InvalidOperationException)
    {
        Console.Error.WriteLine($"comparison: {e.Message}");
        return e is ArgumentException ? 2 : 1;
    }
}
