using HighPerf.Kafka.Producing;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Producing;

public sealed class SendCompletionTests
{
    private static readonly RecordMetadata There = new("t", 0, 5, 6);

    private readonly Simulation _simulation = new(1);
    private readonly SendCompletion _completion;

    public SendCompletionTests()
    {
        ProducerEngine engine = _simulation.CreateClient().CreateProducer<string, string>().Engine;
        _completion = engine.Completions.Get();
    }

    [Fact]
    public async Task The_outcome_of_its_use_is_taken_and_that_of_an_earlier_one_is_not()
    {
        long first = _completion.Begin();
        _completion.TryComplete(first, There);
        Assert.Equal(There, await _completion.Start(first, default));
        long second = _completion.Begin();
        ValueTask<RecordMetadata> task = _completion.Start(second, default);
        _completion.TryFail(first, new InvalidOperationException("late"));
        Assert.False(task.IsCompleted);
        _completion.TryFail(second, new InvalidOperationException("now"));
        Assert.Equal("now", (await Assert.ThrowsAsync<InvalidOperationException>(task.AsTask)).Message);
    }

    [Fact]
    public void A_cancelled_wait_ends_and_the_acknowledgement_comes_too_late()
    {
        using CancellationTokenSource cancellation = new();
        long generation = _completion.Begin();
        ValueTask<RecordMetadata> task = _completion.Start(generation, cancellation.Token);
        cancellation.Cancel();
        _completion.TryComplete(generation, There);
        Assert.False(task.IsCompleted);
        _simulation.RunFor(TimeSpan.FromSeconds(1));
        Assert.True(task.IsCanceled);
    }

    [Fact]
    public async Task Misuse_does_not_give_the_object_to_two_users()
    {
        long generation = _completion.Begin();
        ValueTask<RecordMetadata> task = _completion.Start(generation, default);
        Assert.Throws<InvalidOperationException>(() => _completion.GetResult(short.MinValue));
        _completion.TryComplete(generation, There);
        Assert.Equal(There, await task);
        long next = _completion.Begin();
        _completion.TryComplete(next, There);
        Assert.Throws<InvalidOperationException>(() => _completion.GetResult(short.MaxValue));
        Assert.Equal(There, await _completion.Start(next, default));
    }
}
