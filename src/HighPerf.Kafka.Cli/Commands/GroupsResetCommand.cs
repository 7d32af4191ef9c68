using System.CommandLine;
using System.Globalization;
using HighPerf.Kafka.Cli.Groups;
using HighPerf.Kafka.Cli.Output;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>hpk groups reset: shows what a reset would do, and does it when it is told to.</summary>
internal static class GroupsResetCommand
{
    public static Command Create()
    {
        Command command = new("reset", "Sets the offsets of a group without members. Shows what it would do; --execute does it");
        Argument<string> name = new("group") { Description = "The group" };
        command.Arguments.Add(name);
        ConnectionOptions connection = new();
        connection.AddTo(command);
        TargetOptions target = new(command);
        Option<string[]> topics = new("--topic", "-t")
        {
            Description = "A topic, or some of its partitions, as name:0,3; may be repeated",
            DefaultValueFactory = static _ => [],
        };
        Option<bool> all = new("--all-topics") { Description = "Every partition that the group has committed" };
        Option<bool> execute = new("--execute") { Description = "Do it" };
        Option<bool> dry = new("--dry-run") { Description = "Only show what would be done, as without --execute" };
        Option<bool> json = new("--json") { Description = "One JSON object for each partition" };
        foreach (Option option in new Option[] { topics, all, execute, dry, json })
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            ResetTarget to = target.Parse(parsed);
            TopicScope[] scopes = [.. parsed.GetValue(topics)!.Select(TopicScope.Parse)];
            if (scopes.Length == 0 == !parsed.GetValue(all))
            {
                throw new ArgumentException("which partitions are meant? Give one of --topic and --all-topics");
            }

            if (parsed.GetValue(execute) && parsed.GetValue(dry))
            {
                throw new ArgumentException("--execute and --dry-run exclude each other");
            }

            await using KafkaClient kafka = connection.Connect(parsed);
            string group = parsed.GetValue(name)!;
            ResetStep[] steps = [.. (await RangesAsync(kafka, group, scopes, to, token)).Select(range => ResetPlan.Step(to, range))];
            if (parsed.GetValue(execute))
            {
                await kafka.Groups.SetOffsetsAsync(
                    group, [.. steps.Select(static step => new TopicPartitionOffset(step.Partition.Topic, step.Partition.Partition, step.New))], token);
            }

            Print(steps, parsed.GetValue(json));
            Console.Error.WriteLine(parsed.GetValue(execute)
                ? $"{steps.Length} offset(s) of {group} are set"
                : $"nothing was changed; --execute sets {steps.Length} offset(s) of {group}");
            return ExitCode.Done;
        }));
        return command;
    }

    private static async Task<List<PartitionRange>> RangesAsync(
        KafkaClient kafka, string group, TopicScope[] scopes, ResetTarget to, CancellationToken token)
    {
        SortedDictionary<TopicPartition, long?> committed = await CommittedAsync(kafka, group, token);
        SortedSet<TopicPartition> chosen = [];
        foreach (TopicScope scope in scopes)
        {
            TopicDescription topic = await kafka.Topics.DescribeAsync(scope.Topic, token);
            foreach (int partition in scope.Partitions ?? [.. topic.Partitions.Select(static p => p.Partition)])
            {
                chosen.Add((uint)partition < (uint)topic.Partitions.Count
                    ? new TopicPartition(scope.Topic, partition)
                    : throw new ArgumentException($"{scope.Topic} has the partitions 0 to {topic.Partitions.Count - 1}, and no {partition}"));
            }
        }

        if (scopes.Length == 0)
        {
            chosen.UnionWith(committed.Where(static entry => entry.Value is not null).Select(static entry => entry.Key));
        }

        if (chosen.Count == 0)
        {
            throw new InvalidOperationException($"Nothing is committed for {group}. Name its topics with --topic.");
        }

        TopicPartition[] partitions = [.. chosen];
        await using KafkaConsumer<byte[], byte[]> consumer = kafka.CreateConsumer<byte[], byte[]>();
        IReadOnlyList<TopicPartitionOffset> beginnings = await consumer.BeginningOffsetsAsync(partitions, token);
        IReadOnlyList<TopicPartitionOffset> ends = await consumer.EndOffsetsAsync(partitions, token);
        IReadOnlyList<TopicPartitionOffset>? times = to.Kind == ResetKind.Time
            ? await consumer.OffsetsForTimeAsync(partitions, DateTimeOffset.FromUnixTimeMilliseconds(to.Value), token)
            : null;
        return
        [
            .. partitions.Select((partition, i) => new PartitionRange(
                partition, committed.GetValueOrDefault(partition), beginnings[i].Offset, ends[i].Offset, times?[i].Offset ?? -1)),
        ];
    }

    // A group that is not there yet can be given offsets as well.
    private static async Task<SortedDictionary<TopicPartition, long?>> CommittedAsync(KafkaClient kafka, string group, CancellationToken token)
    {
        try
        {
            GroupDescription description = await kafka.Groups.DescribeAsync(group, token);
            if (description.Members.Count > 0 || description.State is not (GroupState.Empty or GroupState.Dead or GroupState.Unknown))
            {
                throw new InvalidOperationException(
                    $"{group} is {description.State} with {description.Members.Count} member(s); only a group without members can be reset. Stop them first.");
            }

            SortedDictionary<TopicPartition, long?> committed = [];
            foreach (GroupOffset offset in await kafka.Groups.OffsetsAsync(group, token))
            {
                if (offset.End is not null)
                {
                    committed[offset.TopicPartition] = offset.Committed;
                }
            }

            return committed;
        }
        catch (KafkaBrokerException error) when (error.Code == ErrorCode.GroupIdNotFound)
        {
            return [];
        }
    }

    private static void Print(ResetStep[] steps, bool asJson)
    {
        TextTable table = new("TOPIC", "PARTITION", "COMMITTED", "NEW", "");
        foreach (ResetStep step in steps)
        {
            if (!asJson)
            {
                string old = step.Old?.ToString(CultureInfo.InvariantCulture) ?? "-";
                table.Add(step.Partition.Topic, $"{step.Partition.Partition}", old, $"{step.New}", step.Note is null ? "" : $"({step.Note})");
                continue;
            }

            JsonLine.Write(json =>
            {
                json.WriteString("topic", step.Partition.Topic);
                json.WriteNumber("partition", step.Partition.Partition);
                GroupsJson.WriteNumber(json, "committed", step.Old);
                json.WriteNumber("new", step.New);
                json.WriteString("note", step.Note);
            });
        }

        if (!asJson)
        {
            table.Write(Console.Out);
        }
    }

    /// <summary>Exactly one of the ways to say where to.</summary>
    private sealed class TargetOptions
    {
        private readonly Option<bool> _earliest = new("--to-earliest") { Description = "To the beginning of each log" };
        private readonly Option<bool> _latest = new("--to-latest") { Description = "To the end of each log" };
        private readonly Option<long?> _offset = new("--to-offset") { Description = "To this offset, as far as the log has it" };
        private readonly Option<string?> _time = new("--to-time")
        {
            Description = "To the first record that is not older, as 2026-11-21T18:00:00Z; UTC when it names no zone",
        };

        private readonly Option<long?> _shift = new("--shift-by") { Description = "So many records further; back when negative" };

        public TargetOptions(Command command)
        {
            foreach (Option option in new Option[] { _earliest, _latest, _offset, _time, _shift })
            {
                command.Options.Add(option);
            }
        }

        public ResetTarget Parse(ParseResult parsed)
        {
            List<ResetTarget> given = [];
            if (parsed.GetValue(_earliest))
            {
                given.Add(new ResetTarget(ResetKind.Earliest));
            }

            if (parsed.GetValue(_latest))
            {
                given.Add(new ResetTarget(ResetKind.Latest));
            }

            if (parsed.GetValue(_offset) is { } offset)
            {
                given.Add(new ResetTarget(ResetKind.Offset, offset));
            }

            if (parsed.GetValue(_time) is { } time)
            {
                given.Add(new ResetTarget(ResetKind.Time, Milliseconds(time)));
            }

            if (parsed.GetValue(_shift) is { } distance)
            {
                given.Add(new ResetTarget(ResetKind.Shift, distance));
            }

            return given.Count == 1
                ? given[0]
                : throw new ArgumentException("where to? Give one of --to-earliest, --to-latest, --to-offset, --to-time and --shift-by");
        }

        private static long Milliseconds(string text) =>
            DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
                ? time.ToUnixTimeMilliseconds()
                : throw new ArgumentException($"--to-time is '{text}'; it must be a time such as 2026-11-21T18:00:00Z");
    }
}
