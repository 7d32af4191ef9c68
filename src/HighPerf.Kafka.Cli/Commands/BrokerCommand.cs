using System.CommandLine;
using System.Net;
using HighPerf.Kafka.Cli.Output;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>hpk broker: the embedded broker as a process of its own.</summary>
internal static class BrokerCommand
{
    public static Command Create()
    {
        Command command = new("broker", "Runs the embedded broker until it is interrupted. What it holds is in memory, and gone afterwards.");
        Option<int> port = new("--port") { Description = "The port on 127.0.0.1; 0 for a free one", DefaultValueFactory = static _ => 9092 };
        Option<int> partitions = new("--partitions")
        {
            Description = "Partitions of topics that are created by being used",
            DefaultValueFactory = static _ => 1,
        };
        Option<long> retention = new("--retention-bytes")
        {
            Description = "Bytes kept for each partition; the oldest go first. -1 for all",
            DefaultValueFactory = static _ => -1,
        };
        Option<bool> noCreate = new("--no-auto-create") { Description = "Do not create topics because somebody uses them" };
        Option<bool> json = new("--json") { Description = "Say where it listens as a JSON line" };
        Option<bool> verbose = new("--verbose", "-v") { Description = "Log connections and refused requests to standard error" };
        Option<bool> untilEof = new("--until-eof") { Description = "End when standard input ends, for a broker that belongs to another process" };
        foreach (Option option in new Option[] { port, partitions, retention, noCreate, json, verbose, untilEof })
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            int number = parsed.GetValue(port);
            if (number is < 0 or > IPEndPoint.MaxPort)
            {
                throw new ArgumentException($"--port is {number}; it must be from 0 to 65535.");
            }

            KafkaTestClusterOptions options = new()
            {
                Transport = KafkaTestTransport.Tcp,
                Port = number,
                DefaultPartitions = parsed.GetValue(partitions),
                AutoCreateTopics = !parsed.GetValue(noCreate),
                RetentionBytes = parsed.GetValue(retention),
                RecordRequests = false,
                Log = parsed.GetValue(verbose) ? Console.Error.WriteLine : null,
            };
            await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(options, token);
            if (parsed.GetValue(json))
            {
                JsonLine.Write(line => line.WriteString("bootstrapServers", cluster.BootstrapServers));
            }
            else
            {
                Console.WriteLine($"listening on {cluster.BootstrapServers}");
            }

            await WaitAsync(parsed.GetValue(untilEof), token);
            return ExitCode.Done;
        }));
        return command;
    }

    private static async Task WaitAsync(bool untilEof, CancellationToken token)
    {
        TaskCompletionSource interrupted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = token.Register(() => interrupted.TrySetResult());
        if (!untilEof)
        {
            await interrupted.Task;
            return;
        }

        using StreamReader input = new(Console.OpenStandardInput());
        await Task.WhenAny(interrupted.Task, input.ReadToEndAsync(CancellationToken.None));
    }
}
