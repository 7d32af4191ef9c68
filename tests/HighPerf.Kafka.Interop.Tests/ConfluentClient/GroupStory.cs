namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using HighPerf.Kafka.Interop.Tests.Peers;
using HighPerf.Kafka.Interop.Tests.Scenarios;
using HighPerf.Kafka.Testing;

/// <summary>A group that reads two topics of three partitions, a and b, while members come and go.</summary>
internal sealed class GroupStory : IDisposable
{
    public const string Group = "readers";
    public const int Partitions = 6;

    private static readonly string[] Topics = ["a", "b"];

    private readonly Scenario _scenario;
    private readonly Action<ConsumerConfig> _change;
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private IAdminClient _admin;
    private int _perPartition;

    private GroupStory(Scenario scenario, Action<ConsumerConfig> change)
    {
        _scenario = scenario;
        _change = change;
        Clients = new ConfluentClients(scenario.BootstrapServers, scenario.Log);
        _producer = Clients.CreateProducer();
        _admin = Clients.CreateAdmin();
    }

    public GroupLedger Ledger { get; } = new();

    public ConfluentClients Clients { get; }

    public CancellationToken Limit => _scenario.Limit;

    public string BootstrapServers => _scenario.BootstrapServers;

    /// <param name="change">The settings of every member.</param>
    /// <param name="story">What happens.</param>
    /// <param name="brokers">The settings of the cluster.</param>
    public static Task RunAsync(Action<ConsumerConfig> change, Func<GroupStory, Task> story, Action<KafkaTestClusterOptions>? brokers = null)
    {
        ConfluentLibrary.Require();
        return Scenario.RunAsync(async scenario =>
        {
            foreach (string topic in Topics)
            {
                await scenario.CreateTopicAsync(topic, Partitions / Topics.Length);
            }

            using GroupStory group = new(scenario, change);
            await story(group);
            group.Ledger.AssertNoFaults();
        }, brokers);
    }

    public GroupMember Join(string name, Action<ConsumerConfig>? more = null, string[]? topics = null) =>
        new(Clients, Ledger, name, Group, topics ?? Topics, config =>
    {
        _change(config);
        more?.Invoke(config);
    }, Limit);

    /// <summary>A member that is our own consumer.</summary>
    /// <param name="assignors">Null: our defaults.</param>
    public OurMember JoinOurs(string name, IPartitionAssignor[]? assignors) =>
        new(BootstrapServers, Ledger, name, Group, Topics, assignors, Limit);

    /// <summary>Lines that match are expected in the clients' log.</summary>
    public void Expect(string pattern) => _scenario.Log.Expect(pattern);

    /// <summary>Also forgets the admin client: librdkafka 2.15.1 crashes when its admin client asks a former coordinator for offsets.</summary>
    public async Task MoveCoordinatorAsync(int broker)
    {
        await _scenario.Cluster.MoveGroupCoordinatorAsync(Group, broker);
        _admin.Dispose();
        _admin = Clients.CreateAdmin();
    }

    /// <summary>Waits until each of the members owns so many partitions.</summary>
    public Task SharedAsync(params (string Member, int Partitions)[] shares) => Ledger.UntilAsync(
        $"shares are {string.Join(", ", shares)}", () => shares.All(share => Ledger.OwnedCount(share.Member) == share.Partitions), Limit);

    /// <summary>Waits until one of two members, whichever, owns so many partitions and the other the rest.</summary>
    public Task SharedBetweenAsync(string one, string other, int partitions) => Ledger.UntilAsync(
        $"{one} and {other} own all, one of them {partitions}",
        () => Ledger.OwnedCount(one) + Ledger.OwnedCount(other) == Partitions
            && (Ledger.OwnedCount(one) == partitions || Ledger.OwnedCount(other) == partitions),
        Limit);

    /// <summary>
    /// Waits until the only member owns all and has read from every partition. Nobody joins before that: librdkafka 2.15.1 asks again where a partition begins
    /// that it lost while it was asking, and when the partition comes back it hands out what it read from there, too.
    /// </summary>
    public async Task SettleAsync(string member)
    {
        await SharedAsync((member, Partitions));
        await ProduceAndReadAsync();
    }

    /// <summary>Writes ten records into each partition and waits until the group has read them.</summary>
    public async Task ProduceAndReadAsync()
    {
        foreach (string topic in Topics)
        {
            IEnumerable<PeerRecord> records = Enumerable.Range(0, Partitions / Topics.Length).SelectMany(
                partition => Enumerable.Range(_perPartition, 10).Select(number => new PeerRecord(partition, null, Encoding.UTF8.GetBytes($"{number}"), 1, [])));
            await ConfluentRecords.SendAsync(_producer, topic, records, Limit);
        }

        _perPartition += 10;
        await Ledger.UntilAsync($"{_perPartition} records of each partition are read", () => Ledger.ReadCount == _perPartition * Partitions, Limit);
    }

    /// <summary>Waits until the group's committed offsets are where it has read to.</summary>
    public async Task CommittedAsync()
    {
        while ((await OffsetsAsync()).Count(partition => partition.Offset.Value == _perPartition) < Partitions)
        {
            Limit.ThrowIfCancellationRequested();
        }
    }

    public async Task<ConsumerGroupDescription> DescribeAsync() => Assert.Single(
        (await _admin.DescribeConsumerGroupsAsync([Group])).ConsumerGroupDescriptions);

    /// <summary>Each member, by its client id, with its partitions as the ledger writes them.</summary>
    public async Task AssertDescribedAsync(string assignor, params string[] members)
    {
        ConsumerGroupDescription group = await DescribeAsync();
        Assert.Equal(ConsumerGroupState.Stable, group.State);
        Assert.Equal(assignor, group.PartitionAssignor);
        Assert.Equal(members.Order(), group.Members.Select(static member => member.ClientId).Order());
        foreach (MemberDescription member in group.Members)
        {
            IEnumerable<string> assigned = member.Assignment.TopicPartitions.Select(static p => $"{p.Topic}{p.Partition.Value}").Order(StringComparer.Ordinal);
            Assert.Equal(Ledger.Owned(member.ClientId), string.Join(' ', assigned));
            Assert.Contains("127.0.0.1", member.Host);
        }
    }

    /// <summary>The group is empty, what it committed is the end of every partition, and it can be deleted.</summary>
    public async Task AssertFinishedAsync()
    {
        ConsumerGroupDescription group = await DescribeAsync();
        Assert.Equal(ConsumerGroupState.Empty, group.State);
        Assert.Empty(group.Members);
        List<TopicPartitionOffsetError> offsets = await OffsetsAsync();
        Assert.Equal(Partitions, offsets.Count);
        Assert.All(offsets, partition => Assert.Equal((ErrorCode.NoError, _perPartition), (partition.Error.Code, partition.Offset.Value)));
        await _admin.DeleteGroupsAsync([Group]);
        Assert.DoesNotContain((await _admin.ListConsumerGroupsAsync()).Valid, listing => listing.GroupId == Group);
    }

    /// <summary>All that the group has committed.</summary>
    private async Task<List<TopicPartitionOffsetError>> OffsetsAsync() =>
        Assert.Single(await _admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(Group, null)])).Partitions;

    public void Dispose()
    {
        _producer.Dispose();
        _admin.Dispose();
    }
}
