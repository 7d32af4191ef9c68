using System.Text.RegularExpressions;

namespace HighPerf.Kafka.Consuming;

/// <summary>What a consumer wants its group to give it: topics by name, or every topic whose name matches. Immutable.</summary>
internal sealed class Subscription
{
    private readonly string[] _names;
    private readonly Regex? _pattern;

    public Subscription(IEnumerable<string> names, IRebalanceListener? listener)
    {
        _names = [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        Listener = listener;
    }

    public Subscription(Regex pattern, IRebalanceListener? listener)
    {
        _names = [];
        _pattern = pattern;
        Listener = listener;
    }

    public IRebalanceListener? Listener { get; }

    public bool IsPattern => _pattern is not null;

    /// <summary>The names as given; none for a pattern.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The topics it means in a cluster, by name. Internal topics never match a pattern.</summary>
    /// <param name="topics">What the cluster has: a name, and whether the topic is internal.</param>
    public IReadOnlyList<string> Match(IEnumerable<(string Name, bool IsInternal)> topics) => _pattern is null
        ? _names
        : [.. topics.Where(topic => !topic.IsInternal && _pattern.IsMatch(topic.Name)).Select(topic => topic.Name).Order(StringComparer.Ordinal)];
}
