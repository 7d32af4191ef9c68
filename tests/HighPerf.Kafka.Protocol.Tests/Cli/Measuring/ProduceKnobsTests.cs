using System.CommandLine;
using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Protocol.Tests.Cli.Measuring;

public sealed class ProduceKnobsTests
{
    [Fact]
    public void Without_options_it_is_the_honest_row()
    {
        ProduceSettings settings = Parse();
        Assert.Equal(100, settings.Size);
        Assert.Equal(12, settings.Partitions);
        Assert.Equal("all", settings.Acks);
        Assert.True(settings.IsIdempotent);
        Assert.Equal(5, settings.LingerMilliseconds);
        Assert.Equal(1_000_000, settings.BatchBytes);
        Assert.Equal("none", settings.Compression);
        Assert.Equal(1, settings.Threads);
        Assert.Equal(0, settings.Rate);
        Assert.Equal(SendMode.Fire, settings.Mode);
        Assert.Equal(0, settings.Outstanding);
        Assert.True(settings.HasKeys);
        Assert.False(settings.IsBound);
        Assert.Equal(settings.Records / 10, settings.WarmUpRecords);
        Assert.Equal(1, settings.WarmUpSeconds);
    }

    [Fact]
    public void Every_knob_turns()
    {
        ProduceSettings settings = Parse(
            "-b", "a:1,b:2", "-t", "orders", "--records", "7", "--warmup", "3", "--size", "1000", "--partitions", "64", "--acks", "leader",
            "--linger-ms", "0.5", "--batch-bytes", "65536", "--buffer-bytes", "33554432", "--compression", "lz4", "--threads", "4", "--mode", "completion",
            "--outstanding", "10000", "--null-key", "--bound", "--with-token", "--idle-seconds", "2");
        ProduceSettings expected = new()
        {
            BootstrapServers = "a:1,b:2",
            Topic = "orders",
            Records = 7,
            WarmUpRecords = 3,
            WarmUpSeconds = 0,
            Size = 1000,
            Partitions = 64,
            Acks = "leader",
            IsIdempotent = false,
            LingerMilliseconds = 0.5,
            BatchBytes = 65536,
            BufferBytes = 33554432,
            Compression = "lz4",
            Threads = 4,
            Rate = 0,
            Mode = SendMode.Completion,
            Outstanding = 10_000,
            HasKeys = false,
            IsBound = true,
            HasToken = true,
            IsPacerOnly = false,
            IdleSeconds = 2,
        };
        Assert.Equal(expected, settings);
    }

    [Theory]
    [InlineData("fire", SendMode.Fire, 0)]
    [InlineData("completion", SendMode.Completion, 0)]
    [InlineData("awaited", SendMode.Awaited, 1)]
    [InlineData("idle", SendMode.Idle, 0)]
    internal void A_mode_says_how_many_sends_are_awaited(string name, SendMode mode, int outstanding)
    {
        ProduceSettings settings = Parse("--mode", name);
        Assert.Equal(mode, settings.Mode);
        Assert.Equal(outstanding, settings.Outstanding);
    }

    [Theory]
    [InlineData("-1", "all", true)]
    [InlineData("1", "leader", false)]
    [InlineData("0", "none", false)]
    [InlineData("all", "all", true)]
    public void Acks_may_be_numbers_and_idempotence_follows_from_them(string text, string acks, bool isIdempotent)
    {
        ProduceSettings settings = Parse("--acks", text);
        Assert.Equal(acks, settings.Acks);
        Assert.Equal(isIdempotent, settings.IsIdempotent);
        Assert.False(Parse("--acks", text, "--idempotence", "false").IsIdempotent);
    }

    [Fact]
    public void A_rate_is_paced()
    {
        ProduceSettings trickle = Parse("--rate", "1000");
        Assert.Equal(SendMode.Fire, trickle.Mode);
        Assert.Equal(1, trickle.SampleEvery);
        ProduceSettings flood = Parse("--rate", "1000000", "--mode", "open-loop");
        Assert.Equal(SendMode.OpenLoop, flood.Mode);
        Assert.Equal(16, flood.SampleEvery);
    }

    [Theory]
    [InlineData("--records 0")]
    [InlineData("--warmup -1")]
    [InlineData("--size 7")]
    [InlineData("--size -1 --null-key")]
    [InlineData("--partitions 0")]
    [InlineData("--linger-ms -1")]
    [InlineData("--batch-bytes 1")]
    [InlineData("--threads 0")]
    [InlineData("--rate -1")]
    [InlineData("--outstanding -1")]
    [InlineData("--idle-seconds 0")]
    [InlineData("--mode open-loop")]
    [InlineData("--pacer-only")]
    [InlineData("--mode idle --rate 10")]
    [InlineData("--threads 2 --rate 10")]
    [InlineData("--mode completion --outstanding 10 --rate 10")]
    [InlineData("--mode fire --outstanding 10")]
    [InlineData("--acks leader --idempotence true")]
    public void What_does_not_go_together_is_refused(string arguments)
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => Parse(arguments.Split(' ')));
        Assert.StartsWith("--", refusal.Message);
    }

    [Theory]
    [InlineData("--mode", "enqueue")]
    [InlineData("--compression", "brotli")]
    [InlineData("--acks", "2")]
    [InlineData("--records", "many")]
    public void Words_that_are_unknown_are_errors_of_the_command_line(params string[] arguments) => Assert.NotEmpty(ParseResult(arguments).Result.Errors);

    private static ProduceSettings Parse(params string[] arguments)
    {
        (ProduceKnobs knobs, ParseResult result) = ParseResult(arguments);
        Assert.Empty(result.Errors);
        return knobs.Settings(result);
    }

    private static (ProduceKnobs Knobs, ParseResult Result) ParseResult(string[] arguments)
    {
        ProduceKnobs knobs = new();
        Command command = new("produce");
        knobs.AddTo(command);
        return (knobs, command.Parse(arguments));
    }
}
