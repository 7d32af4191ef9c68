using HighPerf.Kafka.Architecture.Tests.Rules;
using HighPerf.Kafka.Architecture.Tests.Sources;

namespace HighPerf.Kafka.Architecture.Tests;

public sealed class DeterminismTests
{
    [Fact]
    public void Time_threads_and_randomness_come_from_Runtime() =>
        Violation.AssertNone("no banned calls in src outside Runtime", BannedCallRule.Find(SourceModel.Current));

    [Fact]
    public void No_order_comes_from_string_hashes() =>
        Violation.AssertNone("no enumeration order depends on string hashing", HashOrderRule.Find(SourceModel.Current));

    [Theory]
    [InlineData("DateTime.Now")]
    [InlineData("DateTime.UtcNow")]
    [InlineData("DateTimeOffset.UtcNow")]
    [InlineData("System.Diagnostics.Stopwatch.GetTimestamp()")]
    [InlineData("new System.Diagnostics.Stopwatch()")]
    [InlineData("Environment.TickCount")]
    [InlineData("Environment.TickCount64")]
    [InlineData("Task.Run(() => 1)")]
    [InlineData("Task.Delay(1)")]
    [InlineData("Task.Factory.StartNew(() => 1)")]
    [InlineData("new Action(() => Thread.Sleep(1))")]
    [InlineData("ThreadPool.QueueUserWorkItem(_ => { })")]
    [InlineData("new Timer(_ => { })")]
    [InlineData("new PeriodicTimer(TimeSpan.Zero)")]
    [InlineData("new Action(() => new CancellationTokenSource().CancelAfter(1))")]
    [InlineData("new CancellationTokenSource(1)")]
    [InlineData("Guid.NewGuid()")]
    [InlineData("Random.Shared")]
    [InlineData("new Random(1)")]
    [InlineData("System.Security.Cryptography.RandomNumberGenerator.GetInt32(1)")]
    public void A_banned_call_is_seen(string expression) => Assert.NotEmpty(BannedCallRule.Find(Model("HighPerf.Kafka", "Metadata", expression)));

    [Theory]
    [InlineData("HighPerf.Kafka.Runtime", "Loops", "System.Diagnostics.Stopwatch.GetTimestamp()")]
    [InlineData("HighPerf.Kafka", "Security", "System.Security.Cryptography.RandomNumberGenerator.GetInt32(1)")]
    [InlineData("HighPerf.Kafka", "Metadata", "new CancellationTokenSource()")]
    [InlineData("HighPerf.Kafka", "Metadata", "new DateTime(2026, 1, 1)")]
    [InlineData("HighPerf.Kafka", "Metadata", "TimeSpan.FromSeconds(1)")]
    [InlineData("HighPerf.Kafka", "Metadata", "nameof(Delay) + new A().Delay")]
    public void What_is_not_banned_is_not_a_violation(string project, string folder, string expression) =>
        Assert.Empty(BannedCallRule.Find(Model(project, folder, expression)));

    [Theory]
    [InlineData("foreach (var pair in names) { }")]
    [InlineData("foreach (string key in names.Keys) { }")]
    [InlineData("foreach (int value in names.Values) { }")]
    [InlineData("foreach (string name in set) { }")]
    [InlineData("foreach (var pair in byPair) { }")]
    [InlineData("var list = names.ToList();")]
    [InlineData("var list = set.Select(name => name.Length).ToArray();")]
    [InlineData("string[] all = [.. set];")]
    [InlineData("var list = new List<string>(set);")]
    [InlineData("string text = string.Join(',', set);")]
    public void An_order_from_string_hashes_is_seen(string statement) => Assert.NotEmpty(HashOrderRule.Find(Tables(statement)));

    [Theory]
    [InlineData("foreach (var pair in numbers) { }")]
    [InlineData("foreach (string name in set.Order(StringComparer.Ordinal)) { }")]
    [InlineData("bool any = set.Any(name => name.Length > 3);")]
    [InlineData("int count = names.Count + names[\"a\"];")]
    [InlineData("string text = string.Join(',', new[] { \"a\" });")]
    public void An_order_that_does_not_is_not_a_violation(string statement) => Assert.Empty(HashOrderRule.Find(Tables(statement)));

    private static SourceModel Model(string project, string folder, string expression) => SourceModel.Of(
        project,
        ($"src/{project}/{folder}/A.cs", $"namespace HighPerf.Kafka; class A {{ int Delay; object M() => {expression}; }}"));

    private static SourceModel Tables(string statement) => SourceModel.Of(
        "HighPerf.Kafka",
        ("a.cs", $$"""
            namespace HighPerf.Kafka;
            record struct Place(string Topic, int Partition);
            class A
            {
                void M(Dictionary<string, int> names, HashSet<string> set, Dictionary<Place, int> byPair, Dictionary<int, int> numbers) { {{statement}} }
            }
            """));
}
