using System.CommandLine;
using System.Net;
using HighPerf.Kafka.Cli.Faults;
using HighPerf.Kafka.Cli.Output;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>hpk broker: the embedded cluster as a process of its own.</summary>
internal static class BrokerCommand
{
    public static Command Create()
    {
        Command command = new("broker", "Runs the embedded cluster until it is interrupted. What it holds is in memory, and gone afterwards.");
        BrokerOptions options = new();
        options.AddTo(command);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(() => RunAsync(options, parsed, token)));
        return command;
    }

    private static async Task<int> RunAsync(BrokerOptions options, ParseResult parsed, CancellationToken token)
    {
        TopicText[] topics = [.. parsed.GetValue(options.Topics)!.Select(TopicText.Parse)];
        await using LiveLog log = new(options.Level(parsed), Console.Error);
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(ClusterOptions(options, parsed, log), token);
        foreach (string fault in parsed.GetValue(options.Faults)!)
        {
            FaultText.Add(cluster.Faults, fault);
        }

        foreach (TopicText topic in topics)
        {
            await (topic.Replication is { } replication
                ? cluster.CreateTopicAsync(topic.Name, topic.Partitions, replication, token)
                : cluster.CreateTopicAsync(topic.Name, topic.Partitions, token));
        }

        if (parsed.GetValue(options.Json))
        {
            JsonLine.Write(line => line.WriteString("bootstrapServers", cluster.BootstrapServers));
        }
        else
        {
            Console.WriteLine($"listening on {cluster.BootstrapServers}");
        }

        await WaitAsync(parsed.GetValue(options.UntilEof), token);
        return ExitCode.Done;
    }

    private static KafkaTestClusterOptions ClusterOptions(BrokerOptions options, ParseResult parsed, LiveLog log)
    {
        int port = parsed.GetValue(options.Port);
        if (port is < 0 or > IPEndPoint.MaxPort)
        {
            throw new ArgumentException($"--port is {port}; it must be from 0 to 65535.");
        }

        KafkaTestClusterOptions cluster = new()
        {
            Transport = KafkaTestTransport.Tcp,
            Port = port,
            Brokers = parsed.GetValue(options.Brokers),
            DefaultPartitions = parsed.GetValue(options.Partitions),
            AutoCreateTopics = !parsed.GetValue(options.NoCreate),
            RetentionBytes = parsed.GetValue(options.Retention),
            RecordRequests = false,
            Log = log.Events,
            OnRequest = log.Requests,
        };
        return parsed.GetValue(options.AsKafka) is { } release ? cluster.AsKafka(release) : cluster;
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
