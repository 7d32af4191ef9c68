using System.Text.RegularExpressions;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming;

namespace HighPerf.Kafka;

/// <content>Membership of a group. Subscribing belongs to the reader, like reading.</content>
public sealed partial class KafkaConsumer<TKey, TValue>
{
    // Long enough for any pattern that means well; one that backtracks without end must not stop the consumer.
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromSeconds(1);

    /// <summary>The topics that were subscribed to by name; empty for a pattern, and without a subscription.</summary>
    public IReadOnlyList<string> Subscription => _session.Group?.SubscribedNames ?? [];

    /// <summary>How the group calls this consumer; empty while it is no member. Any thread.</summary>
    public string MemberId => _session.Group?.MemberId ?? "";

    /// <summary>The group's generation in which partitions were assigned last; -1 while it is no member. Any thread.</summary>
    public int Generation => _session.Group?.Generation ?? -1;

    /// <inheritdoc cref="Subscribe(IReadOnlyList{string}, IRebalanceListener?)"/>
    public void Subscribe(params string[] topics) => Subscribe(topics, null);

    /// <summary>
    /// Joins the group, or tells it of other topics: from now on its members share the partitions of these topics. Returns at once; partitions come while the
    /// consumer is read. A topic that does not exist yet is waited for.
    /// </summary>
    /// <param name="topics">By name.</param>
    /// <param name="listener">Hears of partitions that come and go; null for nobody.</param>
    /// <exception cref="InvalidOperationException">The consumer has no group, or partitions were assigned by hand.</exception>
    public void Subscribe(IReadOnlyList<string> topics, IRebalanceListener? listener = null)
    {
        ArgumentNullException.ThrowIfNull(topics);
        if (topics.Count == 0)
        {
            throw new ArgumentException("No topic is named. Name one, or call UnsubscribeAsync to leave the group.", nameof(topics));
        }

        foreach (string topic in topics)
        {
            ArgumentException.ThrowIfNullOrEmpty(topic, nameof(topics));
        }

        Subscribe(new Subscription(topics, listener));
    }

    /// <summary>
    /// As <see cref="Subscribe(IReadOnlyList{string}, IRebalanceListener?)"/>, for every topic whose whole name matches, those included that are created later:
    /// they are found within <see cref="KafkaClientOptions.MetadataMaxAge"/>. Internal topics never match.
    /// </summary>
    /// <param name="pattern">A regular expression of .NET.</param>
    /// <param name="listener">Hears of partitions that come and go; null for nobody.</param>
    /// <exception cref="ArgumentException">The pattern is no regular expression.</exception>
    /// <exception cref="InvalidOperationException">The consumer has no group, or partitions were assigned by hand.</exception>
    public void SubscribePattern(string pattern, IRebalanceListener? listener = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        Regex whole;
        try
        {
            _ = new Regex(pattern, RegexOptions.CultureInvariant, PatternTimeout); // alone first: a parenthesis too many must not be closed by ours
            whole = new Regex($"^(?:{pattern})\\z", RegexOptions.CultureInvariant, PatternTimeout);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"\"{pattern}\" is no pattern of topic names: {e.Message}", nameof(pattern), e);
        }

        Subscribe(new Subscription(whole, listener));
    }

    /// <summary>
    /// Leaves the group: what is processed is committed, the partitions go to others. Belongs to the reader, and counts as asking for the next: the record that
    /// was read last is processed (<see cref="OffsetStore.OnNext"/>). Completes when all is done, at the latest after
    /// <see cref="ConsumerOptions.CloseTimeout"/>. Without a subscription nothing happens.
    /// </summary>
    public async Task UnsubscribeAsync()
    {
        EnterOrThrow();
        Completion<bool> left;
        try
        {
            if (!_isSubscribed)
            {
                return;
            }

            _isSubscribed = false;
            _reader.Ask();
            CleanUp();
            _reader.Ask();
            left = _session.Unsubscribe();
        }
        finally
        {
            Leave();
        }

        await left.Task.ConfigureAwait(false);
    }

    private void Subscribe(Subscription subscription)
    {
        GroupSession group = _session.RequireGroup();
        EnterOrThrow();
        try
        {
            if (!_isSubscribed && _session.Assignment.Length > 0)
            {
                throw new InvalidOperationException(
                    "Partitions were assigned to this consumer by hand, so no group can assign others. Assign no partitions first, or use another consumer.");
            }

            _isSubscribed = true;
            LoopCall.Post(_session.Loop, () => group.Subscribe(subscription));
        }
        finally
        {
            Leave();
        }
    }
}
