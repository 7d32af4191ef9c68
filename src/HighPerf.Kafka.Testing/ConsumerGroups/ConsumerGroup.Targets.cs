using System.Collections.Immutable;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.ConsumerGroups.Assignors;

namespace HighPerf.Kafka.Testing.ConsumerGroups;

/// <content>What members subscribe to, and what they shall have of it.</content>
internal sealed partial class ConsumerGroup
{
    /// <summary>Expressions are not looked at more often than this, as many new topics may come one after the other.</summary>
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(10);

    /// <summary>The expressions that were looked at, each with what it matched.</summary>
    private List<ResolvedExpression> _resolved = [];

    /// <summary>When that was, and which topics there were.</summary>
    private TimeSpan _resolvedAt;
    private HashSet<Guid> _resolvedAmong = [];

    /// <summary>An expression that no member has yet must be a valid one.</summary>
    private Refusal? CheckExpression(ConsumerGroupHeartbeatRequest request)
    {
        string? text = request.SubscribedTopicRegex;
        if (string.IsNullOrEmpty(text) || _members.Exists(member => member.Expression == text) || TopicExpression.TryParse(text, out string? wrong) is not null)
        {
            return null;
        }

        return new Refusal(ErrorCode.InvalidRegularExpression, $"The regular expression {text} is not valid: {wrong}");
    }

    /// <summary>Whether the member changed its expression and what it matches is known by now.</summary>
    private bool HasOtherTopics(ConsumerMember member, string? before)
    {
        if (before == member.Expression)
        {
            return false;
        }

        return member.HasExpression ? FindResolved(member) is not null : !string.IsNullOrEmpty(before);
    }

    private ResolvedExpression? FindResolved(ConsumerMember member) => _resolved.Find(expression => expression.Text == member.Expression);

    private void ForgetUnusedExpressions() => _resolved.RemoveAll(expression => !_members.Exists(member => member.Expression == expression.Text));

    /// <summary>Looks which topics the expressions match, when there are expressions or topics that were not there the last time.</summary>
    private void ResolveExpressions()
    {
        List<string> texts = [.. _members.Where(member => member.HasExpression).Select(member => member.Expression!).Distinct()];
        List<Topic> topics = _cluster.Topics.All;
        bool hasNewTopics = topics.Count > 0 && !_resolvedAmong.Contains(topics[^1].Id);
        if (texts.Count == 0 || (texts.Count == _resolved.Count && !hasNewTopics))
        {
            return;
        }

        List<ResolvedExpression> resolved = texts.ConvertAll(text => Resolve(text, topics));
        bool isOther = resolved.Exists(expression => !expression.Topics.SetEquals(_resolved.Find(old => old.Text == expression.Text)?.Topics ?? []));
        _resolved = resolved;
        _resolvedAt = _cluster.Loop.Now;
        _resolvedAmong = [.. topics.Select(topic => topic.Id)];
        BumpEpoch(isOther);
    }

    private static ResolvedExpression Resolve(string text, List<Topic> topics)
    {
        TopicExpression expression = TopicExpression.TryParse(text, out _)!;
        return new ResolvedExpression(text, topics.Select(topic => topic.Name).Where(expression.Matches).ToImmutableSortedSet(StringComparer.Ordinal));
    }

    /// <summary>A new epoch of the group, when there is a reason or the subscribed topics are not what they were.</summary>
    private void BumpEpoch(bool hasReason)
    {
        // What members changed is a reason of its own, or none yet (an expression that nobody looked at); here it is the topics that may have changed.
        if (!hasReason && FindTopics(_topicNames).SequenceEqual(_topics))
        {
            return;
        }

        NoteTopics();
        _groupEpoch++;
    }

    /// <summary>Looks up the topics that members subscribe to.</summary>
    private void NoteTopics()
    {
        _topicNames = [.. _members.SelectMany(member => member.TopicNames).Concat(_resolved.SelectMany(expression => expression.Topics)).Distinct()];
        _topics = FindTopics(_topicNames);
    }

    private ImmutableArray<AssignorTopic> FindTopics(IEnumerable<string> names) =>
    [
        .. names.Distinct().Order(StringComparer.Ordinal).Select(_cluster.Topics.Find).OfType<Topic>()
            .Select(topic => new AssignorTopic(topic.Id, topic.Partitions.Length)),
    ];

    /// <summary>Everybody's target, for the group's epoch.</summary>
    private void AssignTargets()
    {
        List<AssignorMember> members = _members.ConvertAll(member => new AssignorMember(
            member.Id, member.InstanceId, FindTopics(member.TopicNames.Concat(FindResolved(member)?.Topics ?? [])), member.Target));
        ImmutableSortedSet<TopicIdPartition>[] targets = ServerAssignors.Assign(Assignor, members);
        for (int i = 0; i < targets.Length; i++)
        {
            _members[i].Target = targets[i];
        }

        _assignmentEpoch = _groupEpoch;
    }
}
