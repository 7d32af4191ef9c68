using HighPerf.Kafka.Producing;

namespace HighPerf.Kafka.Tests.Producing;

public sealed class FlushGenerationTests
{
    private readonly HeldExecutor _executor = new();

    [Fact]
    public void A_generation_ends_when_it_is_closed_and_its_batches_are_complete()
    {
        FlushGeneration first = FlushGeneration.First(_executor);
        first.AddBatch();
        first.AddBatch();
        first.Release();
        FlushGeneration second = first.Close();
        Assert.False(IsFinished(first));
        first.Release();
        Assert.True(IsFinished(first));
        Assert.False(IsFinished(second));
    }

    [Fact]
    public void A_later_generation_waits_for_the_earlier_ones()
    {
        FlushGeneration first = FlushGeneration.First(_executor);
        first.AddBatch();
        FlushGeneration second = first.Close();
        second.AddBatch();
        second.Close();
        second.Release();
        Assert.False(IsFinished(second));
        first.Release();
        Assert.True(IsFinished(first) && IsFinished(second));
    }

    [Fact]
    public void A_long_row_of_generations_ends_without_a_deep_stack()
    {
        FlushGeneration first = FlushGeneration.First(_executor);
        first.AddBatch();
        FlushGeneration last = first;
        for (int i = 0; i < 200_000; i++)
        {
            last = last.Close();
        }

        first.Release();
        Assert.True(IsFinished(first));
        Assert.False(IsFinished(last));
        last.Close();
        Assert.True(IsFinished(last));
    }

    private bool IsFinished(FlushGeneration generation)
    {
        _executor.RunAll();
        return generation.Finished.IsCompleted;
    }
}
