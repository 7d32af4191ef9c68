using System.CommandLine;
using HighPerf.Kafka.Cli.Output;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>hpk groups list | describe | lag | reset | delete.</summary>
internal static class GroupsCommand
{
    public static Command Create()
    {
        Command groups = new("groups", "Lists and describes groups, shows how far they are behind, sets their offsets, deletes them");
        groups.Subcommands.Add(List());
        groups.Subcommands.Add(Describe());
        groups.Subcommands.Add(Lag());
        groups.Subcommands.Add(GroupsResetCommand.Create());
        groups.Subcommands.Add(Delete());
        return groups;
    }

    private static Command List()
    {
        Command command = new("list", "Lists the groups of all brokers by name, with type, state, what their members are, and the coordinator");
        ConnectionOptions connection = new();
        connection.AddTo(command);
        Option<GroupState?> state = new("--state") { Description = "Only groups in this state" };
        Option<GroupType?> type = new("--type") { Description = "Only groups of this type" };
        command.Options.Add(state);
        command.Options.Add(type);
        Option<bool> json = JsonOption(command);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            await using KafkaClient kafka = connection.Connect(parsed);
            IEnumerable<GroupListing> all = await kafka.Groups.ListAsync(token);
            GroupListing[] chosen =
            [
                .. all.Where(group => parsed.GetValue(state) is not { } wanted || group.State == wanted)
                    .Where(group => parsed.GetValue(type) is not { } wanted || group.Type == wanted),
            ];
            foreach (GroupListing group in chosen)
            {
                Write(group, parsed.GetValue(json));
            }

            return ExitCode.Done;
        }));
        return command;
    }

    private static Command Describe()
    {
        Command command = new("describe", "Shows one group with its members and what they read");
        Argument<string> name = GroupArgument(command);
        ConnectionOptions connection = new();
        connection.AddTo(command);
        Option<bool> json = JsonOption(command);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            await using KafkaClient kafka = connection.Connect(parsed);
            GroupDescription group = await kafka.Groups.DescribeAsync(parsed.GetValue(name)!, token);
            if (parsed.GetValue(json))
            {
                GroupsJson.Write(group);
                return ExitCode.Done;
            }

            string epoch = group.Epoch < 0 ? "" : $"  epoch {group.Epoch}";
            Console.WriteLine(
                $"{group.GroupId}  {Lower(group.Type)}  {group.State}{epoch}  assignor {Or(group.Assignor)}  coordinator {group.Coordinator}"
                + $"  {group.Members.Count} member(s)");
            foreach (GroupMemberDescription member in group.Members)
            {
                string instance = member.GroupInstanceId is { } id ? $"  instance {id}" : "";
                string rack = member.Rack is { } named ? $"  rack {named}" : "";
                Console.WriteLine($"  {member.MemberId}  client {member.ClientId}  host {member.Host}{instance}{rack}");
                Console.WriteLine($"    reads {(member.Assignment is { } partitions ? Or(string.Join(' ', partitions)) : "what cannot be told")}");
                if (member.TargetAssignment is { } target && !target.SequenceEqual(member.Assignment ?? []))
                {
                    Console.WriteLine($"    is to read {Or(string.Join(' ', target))}");
                }
            }

            return ExitCode.Done;
        }));
        return command;
    }

    private static Command Lag()
    {
        Command command = new("lag", "Shows how far a group has come in each partition, and who reads it");
        Argument<string> name = GroupArgument(command);
        ConnectionOptions connection = new();
        connection.AddTo(command);
        Option<bool> json = JsonOption(command);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            await using KafkaClient kafka = connection.Connect(parsed);
            string group = parsed.GetValue(name)!;
            Dictionary<TopicPartition, GroupMemberDescription> readers = [];
            foreach (GroupMemberDescription member in (await kafka.Groups.DescribeAsync(group, token)).Members)
            {
                foreach (TopicPartition partition in member.Assignment ?? [])
                {
                    readers[partition] = member;
                }
            }

            IReadOnlyList<GroupOffset> offsets = await kafka.Groups.OffsetsAsync(group, token);
            if (parsed.GetValue(json))
            {
                offsets.ToList().ForEach(offset => GroupsJson.Write(offset, readers.GetValueOrDefault(offset.TopicPartition)));
                return ExitCode.Done;
            }

            TextTable table = new("TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER", "CLIENT", "HOST");
            foreach (GroupOffset offset in offsets)
            {
                GroupMemberDescription? reader = readers.GetValueOrDefault(offset.TopicPartition);
                table.Add(
                    offset.TopicPartition.Topic, $"{offset.TopicPartition.Partition}", Or(offset.Committed), Or(offset.End), Or(offset.Lag),
                    Or(reader?.MemberId), Or(reader?.ClientId), Or(reader?.Host));
            }

            table.Write(Console.Out);
            return ExitCode.Done;
        }));
        return command;
    }

    private static Command Delete()
    {
        Command command = new("delete", "Deletes a group without members, with its offsets");
        Argument<string> name = GroupArgument(command);
        ConnectionOptions connection = new();
        connection.AddTo(command);
        command.SetAction((parsed, token) => CommandLine.GuardAsync(async () =>
        {
            await using KafkaClient kafka = connection.Connect(parsed);
            await kafka.Groups.DeleteAsync(parsed.GetValue(name)!, token);
            Console.Error.WriteLine($"deleted {parsed.GetValue(name)}");
            return ExitCode.Done;
        }));
        return command;
    }

    private static Argument<string> GroupArgument(Command command)
    {
        Argument<string> name = new("group") { Description = "The group" };
        command.Arguments.Add(name);
        return name;
    }

    private static Option<bool> JsonOption(Command command)
    {
        Option<bool> json = new("--json") { Description = "One JSON object a line" };
        command.Options.Add(json);
        return json;
    }

    private static void Write(GroupListing group, bool asJson)
    {
        if (!asJson)
        {
            Console.WriteLine($"{group.GroupId}\t{Lower(group.Type)}\t{group.State}\t{Or(group.ProtocolType)}\t{group.Coordinator}");
            return;
        }

        JsonLine.Write(json =>
        {
            json.WriteString("group", group.GroupId);
            json.WriteString("type", Lower(group.Type));
            json.WriteString("state", group.State.ToString());
            json.WriteString("protocolType", group.ProtocolType);
            json.WriteNumber("coordinator", group.Coordinator);
        });
    }

    private static string Lower(GroupType type) => type.ToString().ToLowerInvariant();

    private static string Or(long? value) => value?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-";

    private static string Or(string? text) => string.IsNullOrEmpty(text) ? "-" : text;
}
