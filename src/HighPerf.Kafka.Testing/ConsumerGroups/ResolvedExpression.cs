using System.Collections.Immutable;

namespace HighPerf.Kafka.Testing.ConsumerGroups;

/// <summary>An expression that members subscribe by, and the topics that it matched when it was looked at last.</summary>
internal sealed record ResolvedExpression(string Text, ImmutableSortedSet<string> Topics);
