using System.CommandLine;
using HighPerf.Kafka.Cli.Measuring;
using HighPerf.Kafka.Cli.Measuring.Consuming;
using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>hpk bench produce | consume | roundtrip | commit: what this client costs, in figures that can be compared with other clients'.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        Command bench = new("bench", "Measures producing, consuming, both end to end, and committing");
        bench.Subcommands.Add(Produce());
        bench.Subcommands.Add(Consume());
        bench.Subcommands.Add(RoundTrip());
        bench.Subcommands.Add(BenchCommitCommand.Create());
        return bench;
    }

    private static Command Produce()
    {
        Command command = new("produce", "Sends records with 8-byte keys and prints what they cost");
        ProduceKnobs knobs = new();
        knobs.AddTo(command);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(() =>
        {
            ProduceSettings settings = knobs.Settings(parsed);
            KafkaClientOptions options = new() { BootstrapServers = settings.BootstrapServers, ClientId = "hpk" };
            return ProduceBench.RunAsync(settings, () => new KafkaClient(options), new ProduceReport(knobs.IsJson(parsed), Console.Out, Console.Error), token);
        }));
        return command;
    }

    private static Command Consume()
    {
        Command command = new("consume", "Reads records, every byte of key and value of each, and prints what they cost");
        ConsumeKnobs knobs = new();
        knobs.AddTo(command);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            ConsumeSettings settings = knobs.Settings(parsed);
            await using KafkaClient kafka = new(new KafkaClientOptions { BootstrapServers = settings.BootstrapServers, ClientId = "hpk" });
            return await ConsumeBench.RunAsync(settings, kafka, new ConsumeReport(knobs.IsJson(parsed), Console.Out, Console.Error), token);
        }));
        return command;
    }

    private static Command RoundTrip()
    {
        Command command = new("roundtrip", "Sends records at a fixed rate, reads them back in the same process, and prints how long they took and cost");
        RoundTripKnobs knobs = new();
        knobs.AddTo(command);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            RoundTripSettings settings = knobs.Settings(parsed);
            await using KafkaClient kafka = new(new KafkaClientOptions { BootstrapServers = settings.BootstrapServers, ClientId = "hpk" });
            return await RoundTripBench.RunAsync(settings, kafka, new ConsumeReport(knobs.IsJson(parsed), Console.Out, Console.Error), token);
        }));
        return command;
    }
}
