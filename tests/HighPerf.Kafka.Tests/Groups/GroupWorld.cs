using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Groups;

/// <summary>An embedded cluster and members of one group on virtual time. No partition has two owners at one moment, whatever happens.</summary>
internal sealed class GroupWorld
{
    private readonly SimulatedNetwork _network;
    private readonly Dictionary<TopicPartition, MemberProbe> _owners = [];

    private GroupWorld(SimulatedEnvironment environment, KafkaTestCluster cluster, SimulatedNetwork network)
    {
        Environment = environment;
        Cluster = cluster;
        _network = network;
    }

    public SimulatedEnvironment Environment { get; }

    public KafkaTestCluster Cluster { get; }

    public List<MemberProbe> Members { get; } = [];

    /// <summary>Partitions that were given to one member while another had them. None at the end of a test.</summary>
    public List<string> Overlaps { get; } = [];

    public TimeSpan Now => Environment.Now;

    public static void Run(ulong seed, Func<GroupWorld, Task> test, int brokers = 1, int partitions = 4, KafkaTestClusterOptions? options = null)
    {
        SimulatedEnvironment environment = new(seed);
        SimulatedNetwork network = new(environment);
        options ??= new KafkaTestClusterOptions();
        options.Brokers = brokers;
        environment.Run(
            async () =>
            {
                KafkaTestCluster cluster = new(environment, network, options);
                await cluster.StartAsync();
                await cluster.CreateTopicAsync("t", partitions);
                GroupWorld world = new(environment, cluster, network);
                await test(world);
                foreach (MemberProbe member in world.Members.ToArray())
                {
                    await member.DisposeAsync(isClean: false);
                    Assert.Equal(0, member.Client.Runtime.Buffers.OutstandingBuffers);
                }

                Assert.Empty(world.Overlaps);
                await cluster.DisposeAsync();
            },
            TimeSpan.FromHours(1));
    }

    public MemberProbe Add(Action<ConsumerOptions>? configure = null, bool subscribe = true, Action<KafkaClientOptions>? configureClient = null)
    {
        string name = $"m{Members.Count + 1}";
        ConsumerOptions options = new() { GroupId = "g" };
        configure?.Invoke(options);
        KafkaClientOptions clientOptions = new() { BootstrapServers = Cluster.BootstrapServers, Transport = _network, ClientId = name };
        configureClient?.Invoke(clientOptions);
        MemberProbe member = new(this, name, new KafkaClient(clientOptions, Environment), options);
        Members.Add(member);
        if (subscribe)
        {
            member.Subscribe("t");
        }

        return member;
    }

    public Task Wait(double seconds) => Environment.Wait(TimeSpan.FromSeconds(seconds));

    /// <summary>Requests of one member, or of all.</summary>
    public RecordedRequest[] Requests(ApiKey api, MemberProbe? of = null) =>
        [.. Cluster.Requests.Snapshot(api).Where(request => of is null || request.ClientId == of.Name)];

    public void Take(TopicPartition partition, MemberProbe member)
    {
        if (_owners.TryGetValue(partition, out MemberProbe? other))
        {
            Overlaps.Add($"{partition} goes to {member.Name} at {Now}, and {other.Name} still has it");
        }

        _owners[partition] = member;
    }

    public void Release(TopicPartition partition, MemberProbe member)
    {
        if (_owners.GetValueOrDefault(partition) == member)
        {
            _owners.Remove(partition);
        }
    }

    /// <summary>Everybody that is left is a member of the same generation, and together they have everything.</summary>
    public void AssertBalanced(int partitions, params MemberProbe[] members)
    {
        Assert.All(members, member => Assert.Equal(MembershipStateText, member.Membership.State.ToString()));
        Assert.Single(members.Select(member => member.Membership.Generation).Distinct());
        int[] counts = [.. members.Select(member => member.Owned.Length == 0 ? 0 : member.Owned.Split(' ').Length)];
        Assert.Equal(partitions, counts.Sum());
        Assert.InRange(counts.Max() - counts.Min(), 0, 1);
    }

    private const string MembershipStateText = "Member";
}
