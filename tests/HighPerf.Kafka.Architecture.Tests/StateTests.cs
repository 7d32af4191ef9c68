using HighPerf.Kafka.Architecture.Tests.Rules;
using HighPerf.Kafka.Architecture.Tests.Sources;

namespace HighPerf.Kafka.Architecture.Tests;

public sealed class StateTests
{
    [Fact]
    public void Nothing_static_can_change() =>
        Violation.AssertNone("no mutable static state in src", StaticStateRule.Find(SourceModel.Current));

    [Theory]
    [InlineData("static int _count;")]
    [InlineData("static string Name { get; set; }")]
    [InlineData("[System.ThreadStatic] static byte[] t_scratch;")]
    [InlineData("static readonly Dictionary<int, int> Table = new();")]
    [InlineData("static readonly object Gate = new();")]
    [InlineData("static readonly Lock Gate = new();")]
    [InlineData("static readonly List<int> Numbers = [];")]
    [InlineData("internal static readonly int[] Numbers = [1];")]
    [InlineData("private static readonly int[] Numbers = [1]; void Set() => Numbers[0] = 2;")]
    [InlineData("static readonly Box Shared = new(); class Box { int _inside; void Set() => _inside = 1; }")]
    [InlineData("static readonly System.Collections.Concurrent.ConcurrentQueue<int> Pool = new();")]
    public void Static_state_is_seen(string member) => Assert.NotEmpty(StaticStateRule.Find(Model(member)));

    [Theory]
    [InlineData("const int Limit = 1;")]
    [InlineData("static readonly string Name = \"\";")]
    [InlineData("private static readonly int[] Table = Make(); static int[] Make() { int[] made = [1]; made[0] = 2; return made; }")]
    [InlineData("static ReadOnlySpan<byte> Magic => [1, 2];")]
    [InlineData("static readonly System.Collections.Frozen.FrozenDictionary<int, string> Names = null!;")]
    [InlineData("static readonly Func<int> Answer = () => 42;")]
    [InlineData("static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);")]
    [InlineData("static readonly System.Diagnostics.Metrics.Counter<long> Sent = null!;")]
    [InlineData("static readonly Codec None = new(1); sealed class Codec(int id) { public int Id { get; } = id; }")]
    public void What_cannot_change_is_not_a_violation(string member) => Assert.Empty(StaticStateRule.Find(Model(member)));

    private static SourceModel Model(string member) => SourceModel.Of("HighPerf.Kafka", ("a.cs", $"namespace HighPerf.Kafka; class A {{ {member} }}"));
}
