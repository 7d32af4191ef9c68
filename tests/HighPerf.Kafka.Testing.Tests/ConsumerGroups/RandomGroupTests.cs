using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.ConsumerGroups;

namespace HighPerf.Kafka.Testing.Tests.ConsumerGroups;

/// <summary>
/// Members that keep to the protocol join, leave, die, come back, lose answers and change their minds while topics come and go: never do two of them hold
/// a partition, and in the end all is divided evenly.
/// </summary>
public sealed class RandomGroupTests
{
    private const int Steps = 200;
    private const int MaxMembers = 6;
    private const int MaxTopics = 6;

    [Theory]
    [InlineData("uniform", false)]
    [InlineData("uniform", true)]
    [InlineData("range", false)]
    public void No_partition_has_two_members_and_all_comes_to_rest(string assignor, bool isMixed)
    {
        for (ulong seed = 1; seed <= 25; seed++)
        {
            Run run = new(assignor, isMixed, seed);
            TestBroker.Simulate(run.GoAsync, seed: seed);
        }
    }

    /// <summary>One run.</summary>
    private sealed class Run(string assignor, bool isMixed, ulong seed)
    {
        private readonly RandomSource _random = new(seed);
        private readonly List<ModelMember> _members = [];

        /// <summary>Members that fell silent, until their sessions have ended for sure.</summary>
        private readonly List<ModelMember> _dead = [];

        private TestBroker _broker = null!;
        private GroupClient _client = null!;
        private RawClient _admin = null!;
        private int _names;

        public async Task GoAsync(TestBroker broker)
        {
            _broker = broker;
            _client = await GroupClient.ConnectAsync(broker);
            _admin = await broker.ConnectAsync();
            await AddTopicAsync();
            for (int step = 0; step < Steps; step++)
            {
                await StepAsync(step);
                Check(step);
                await broker.WaitAsync(TimeSpan.FromMilliseconds(_random.Next(2000)));
                _dead.RemoveAll(member => member.LastBeat + ModelMember.Session < broker.Now);
                Check(step);
            }

            await RestAsync();
        }

        private async Task StepAsync(int step)
        {
            ModelMember? any = _members.Count == 0 ? null : _members[_random.Next(_members.Count)];
            switch (_random.Next(40))
            {
                case 0 or 1 or 2 when _members.Count < MaxMembers:
                    Join(_random.Chance(0.4) ? $"i{_random.Next(4)}" : null);
                    break;
                case 3 when any is not null:
                    _members.Remove(any);
                    await any.LeaveAsync(_random.Chance(0.3));
                    break;
                case 4 when any is not null:
                    _members.Remove(any);
                    _dead.Add(any);
                    break;
                case 5 when _broker.Model.Topics.All.Count < MaxTopics:
                    await AddTopicAsync();
                    break;
                case 6 when _broker.Model.Topics.All.Count > 1 && _random.Chance(0.3):
                    string name = _broker.Model.Topics.All[_random.Next(_broker.Model.Topics.All.Count)].Name;
                    await _admin.CallAsync(new DeleteTopicsRequest { TopicNames = [name] }, 5);
                    break;
                case 7 when any is not null && isMixed:
                    any.Subscription = Subscription();
                    break;
                case 8 when any is not null:
                    await any.BeatAsync(_broker.Now, isLost: true);
                    break;
                default:
                    foreach (ModelMember member in _members.Where(_ => _random.Chance(0.5)).ToList())
                    {
                        if (_random.Chance(0.7))
                        {
                            member.Revoke();
                        }

                        await member.BeatAsync(_broker.Now);
                        Check(step);
                    }

                    break;
            }

            // Nobody lets a session end by accident.
            foreach (ModelMember member in _members.Where(member => member.Epoch > 0 && member.LastBeat + (ModelMember.Session / 2) < _broker.Now).ToList())
            {
                member.Revoke();
                await member.BeatAsync(_broker.Now);
            }
        }

        private void Join(string? instance)
        {
            if (instance is null || !_members.Exists(member => member.Instance == instance))
            {
                _members.Add(new ModelMember(_client, $"m{++_names}", instance, Subscription()));
            }
        }

        private ConsumerGroupHeartbeatRequest Subscription()
        {
            ConsumerGroupHeartbeatRequest subscription = GroupClient.Joining("");
            subscription.ServerAssignor = assignor;
            List<string> names = [.. Enumerable.Range(1, MaxTopics).Select(i => $"t{i}").Where(_ => !isMixed || _random.Chance(0.5))];
            subscription.SubscribedTopicNames = names;
            if (isMixed && _random.Chance(0.3))
            {
                subscription.SubscribedTopicRegex = _random.Chance(0.5) ? "t[1-3]" : "t.*";
            }
            else if (isMixed)
            {
                subscription.SubscribedTopicRegex = "";
            }

            return subscription;
        }

        private async Task AddTopicAsync()
        {
            string name = $"t{1 + _random.Next(MaxTopics)}";
            if (_broker.Model.Topics.Find(name) is null)
            {
                await _broker.CreateTopicAsync(name, 1 + _random.Next(8));
            }
        }

        private void Check(int step)
        {
            _dead.RemoveAll(member => member.LastBeat + ModelMember.Session < _broker.Now);
            Dictionary<TopicIdPartition, ModelMember> holders = [];
            foreach (ModelMember member in _members.Concat(_dead))
            {
                foreach (TopicIdPartition partition in member.Held)
                {
                    Assert.True(
                        holders.TryAdd(partition, member),
                        $"seed {seed} step {step}: {member.Id} and {holders.GetValueOrDefault(partition)?.Id} hold partition {partition.Partition}");
                }
            }
        }

        /// <summary>Nothing happens any more but heartbeats; sessions of the dead end.</summary>
        private async Task RestAsync()
        {
            if (_members.Count == 0)
            {
                Join(null);
            }

            for (int round = 0; round < 40; round++)
            {
                foreach (ModelMember member in _members)
                {
                    member.Revoke();
                    await member.BeatAsync(_broker.Now);
                    Check(Steps + round);
                }

                await _broker.WaitAsync(TimeSpan.FromSeconds(5));
            }

            ConsumerGroupDescribeResponse.DescribedGroup group = await _client.DescribeAsync();
            Assert.True(group.GroupState == "Stable", $"seed {seed}: {group.GroupState}");
            Assert.Equal(_members.Select(member => member.Id).Order(), group.Members.Select(member => member.MemberId).Order());
            IEnumerable<TopicIdPartition> subscribed = _broker.Model.Topics.All.Where(topic => _members.Exists(member => IsSubscribed(member, topic.Name)))
                .SelectMany(topic => topic.Id.Of([.. Enumerable.Range(0, topic.Partitions.Length)]));
            Assert.Equal(subscribed.Order(), _members.SelectMany(member => member.Held).Order());
            foreach (Topic topic in _broker.Model.Topics.All)
            {
                CheckBalance(topic);
            }
        }

        private void CheckBalance(Topic topic)
        {
            List<ModelMember> subscribers = [.. _members.Where(member => IsSubscribed(member, topic.Name))];
            foreach (ModelMember member in subscribers)
            {
                Assert.All(member.Held.Where(partition => partition.Topic == topic.Id), _ =>
                {
                    int most = Load(member, topic);
                    int least = subscribers.Min(other => Load(other, topic));
                    Assert.True(most - least <= 1, $"seed {seed}: {member.Id} has {most} of {topic.Name}, somebody has {least}");
                });
            }
        }

        /// <summary>What is even: for the range assignor each topic, for the uniform one all that a member has.</summary>
        private int Load(ModelMember member, Topic topic) =>
            assignor == "range" ? member.Held.Count(partition => partition.Topic == topic.Id) : member.Held.Count;

        private static bool IsSubscribed(ModelMember member, string topic) => member.Subscription.SubscribedTopicNames!.Contains(topic)
            || (member.Subscription.SubscribedTopicRegex is { Length: > 0 } text && TopicExpression.TryParse(text, out _)!.Matches(topic));
    }
}
