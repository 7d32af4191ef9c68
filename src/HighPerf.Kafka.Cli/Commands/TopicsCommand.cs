using System.CommandLine;
using System.Text.Json;
using HighPerf.Kafka.Cli.Output;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>hpk topics list | describe | create | delete.</summary>
internal static class TopicsCommand
{
    public static Command Create()
    {
        Command topics = new("topics", "Lists, describes, creates and deletes topics");
        topics.Subcommands.Add(List());
        topics.Subcommands.Add(Describe());
        topics.Subcommands.Add(CreateTopic());
        topics.Subcommands.Add(Delete());
        return topics;
    }

    private static Command List()
    {
        Command command = new("list", "Lists the topics by name");
        ConnectionOptions connection = new();
        connection.AddTo(command);
        Option<bool> json = JsonOption(command);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            await using KafkaClient kafka = connection.Connect(parsed);
            Write(await kafka.Topics.ListAsync(token), parsed.GetValue(json));
            return ExitCode.Done;
        }));
        return command;
    }

    private static Command Describe()
    {
        Command command = new("describe", "Shows one topic with its partitions");
        Argument<string> name = NameArgument(command);
        ConnectionOptions connection = new();
        connection.AddTo(command);
        Option<bool> json = JsonOption(command);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            await using KafkaClient kafka = connection.Connect(parsed);
            TopicDescription topic = await kafka.Topics.DescribeAsync(parsed.GetValue(name)!, token);
            if (parsed.GetValue(json))
            {
                Write([topic], asJson: true);
                return ExitCode.Done;
            }

            Console.WriteLine($"{topic.Name}  id {topic.Id}  {topic.Partitions.Count} partition(s)");
            foreach (PartitionDescription partition in topic.Partitions)
            {
                Console.WriteLine(
                    $"  {partition.Partition,5}  leader {partition.Leader} (epoch {partition.LeaderEpoch})  replicas {string.Join(',', partition.Replicas)}"
                    + $"  in sync {string.Join(',', partition.InSyncReplicas)}");
            }

            return ExitCode.Done;
        }));
        return command;
    }

    private static Command CreateTopic()
    {
        Command command = new("create", "Creates a topic");
        Argument<string> name = NameArgument(command);
        ConnectionOptions connection = new();
        connection.AddTo(command);
        Option<int?> partitions = new("--partitions", "-p") { Description = "How many partitions; the brokers' default when not given" };
        Option<short?> replicas = new("--replicas", "-r") { Description = "How many copies of each; the brokers' default when not given" };
        Option<string[]> settings = new("--config", "-c") { Description = "A setting as name=value; may be repeated" };
        command.Options.Add(partitions);
        command.Options.Add(replicas);
        command.Options.Add(settings);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            await using KafkaClient kafka = connection.Connect(parsed);
            NewTopic topic = new()
            {
                Name = parsed.GetValue(name)!,
                Partitions = parsed.GetValue(partitions),
                ReplicationFactor = parsed.GetValue(replicas),
                Configuration = [.. (parsed.GetValue(settings) ?? []).Select(Pair)],
            };
            await kafka.Topics.CreateAsync(topic, token);
            Console.Error.WriteLine($"created {topic.Name}");
            return ExitCode.Done;
        }));
        return command;
    }

    private static Command Delete()
    {
        Command command = new("delete", "Deletes a topic with all its records");
        Argument<string> name = NameArgument(command);
        ConnectionOptions connection = new();
        connection.AddTo(command);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            await using KafkaClient kafka = connection.Connect(parsed);
            await kafka.Topics.DeleteAsync(parsed.GetValue(name)!, token);
            Console.Error.WriteLine($"deleted {parsed.GetValue(name)}");
            return ExitCode.Done;
        }));
        return command;
    }

    private static Argument<string> NameArgument(Command command)
    {
        Argument<string> name = new("topic") { Description = "The topic's name" };
        command.Arguments.Add(name);
        return name;
    }

    private static Option<bool> JsonOption(Command command)
    {
        Option<bool> json = new("--json") { Description = "One JSON object a line" };
        command.Options.Add(json);
        return json;
    }

    private static KeyValuePair<string, string> Pair(string setting)
    {
        int equals = setting.IndexOf('=');
        return equals > 0
            ? new KeyValuePair<string, string>(setting[..equals], setting[(equals + 1)..])
            : throw new ArgumentException($"--config is '{setting}'; it must be name=value.");
    }

    private static void Write(IReadOnlyList<TopicDescription> topics, bool asJson)
    {
        foreach (TopicDescription topic in topics)
        {
            if (!asJson)
            {
                Console.WriteLine($"{topic.Name}\t{topic.Partitions.Count}");
                continue;
            }

            JsonLine.Write(json =>
            {
                json.WriteString("topic", topic.Name);
                json.WriteString("id", topic.Id);
                json.WriteBoolean("internal", topic.IsInternal);
                json.WriteStartArray("partitions");
                foreach (PartitionDescription partition in topic.Partitions)
                {
                    WritePartition(json, partition);
                }

                json.WriteEndArray();
            });
        }
    }

    private static void WritePartition(Utf8JsonWriter json, PartitionDescription partition)
    {
        json.WriteStartObject();
        json.WriteNumber("partition", partition.Partition);
        json.WriteNumber("leader", partition.Leader);
        json.WriteNumber("leaderEpoch", partition.LeaderEpoch);
        json.WriteStartArray("replicas");
        foreach (int replica in partition.Replicas)
        {
            json.WriteNumberValue(replica);
        }

        json.WriteEndArray();
        json.WriteStartArray("inSyncReplicas");
        foreach (int replica in partition.InSyncReplicas)
        {
            json.WriteNumberValue(replica);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
