using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Tests.Buffers;

public sealed class BufferPoolTests
{
    [Theory]
    [InlineData(0, 64)]
    [InlineData(1, 64)]
    [InlineData(64, 64)]
    [InlineData(65, 128)]
    [InlineData(1000, 1024)]
    [InlineData(1024, 1024)]
    [InlineData(BufferPool.LargestKept - 1, BufferPool.LargestKept)]
    [InlineData(BufferPool.LargestKept, BufferPool.LargestKept)]
    [InlineData(BufferPool.LargestKept + 1, BufferPool.LargestKept + 1)]
    public void An_array_has_the_next_power_of_two_or_is_a_giant(int asked, int given) => Assert.Equal(given, new BufferPool().Rent(asked).Length);

    [Fact]
    public void What_comes_back_is_rented_again()
    {
        BufferPool pool = new();
        byte[] array = pool.Rent(5000);
        pool.Return(array);

        Assert.Same(array, pool.Rent(8192));
        Assert.NotSame(array, pool.Rent(8192));
    }

    [Fact]
    public void Idle_bytes_are_bounded_and_giants_are_not_kept()
    {
        BufferPool pool = new(mostIdleBytes: 300);
        byte[][] arrays = [pool.Rent(128), pool.Rent(128), pool.Rent(128), pool.Rent(BufferPool.LargestKept + 1)];
        Assert.Equal(4, pool.OutstandingBuffers);
        Assert.Equal((3 * 128) + BufferPool.LargestKept + 1, pool.OutstandingBytes);
        foreach (byte[] array in arrays)
        {
            pool.Return(array);
        }

        Assert.Equal(256, pool.IdleBytes);
        Assert.Equal(0, pool.OutstandingBuffers);
        Assert.Equal(0, pool.OutstandingBytes);
        pool.Rent(100);
        Assert.Equal(128, pool.IdleBytes);
    }

    [Fact]
    public void Two_threads_never_hold_the_same_array()
    {
        BufferPool pool = new(mostIdleBytes: 10_000);
        Parallel.For(0, 4, thread =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                byte[] array = pool.Rent(64 << (i % 4));
                array.AsSpan().Fill((byte)thread);
                Assert.Equal(-1, array.AsSpan().IndexOfAnyExcept((byte)thread));
                pool.Return(array);
            }
        });
        Assert.Equal(0, pool.OutstandingBuffers);
        Assert.InRange(pool.IdleBytes, 64, 10_000);
    }

    [Fact]
    public void What_nobody_asked_for_since_the_last_look_goes_by_halves_and_what_is_in_use_again_and_again_stays()
    {
        BufferPool pool = new(1 << 20, countsRented: true);
        byte[][] rented = [.. Enumerable.Range(0, 64).Select(_ => pool.Rent(1024))];
        Array.ForEach(rented, pool.Return);
        Assert.Equal(64 * 1024, pool.IdleBytes);
        pool.ReleaseUnused(); // all of them were in use since
        Assert.Equal(64 * 1024, pool.IdleBytes);
        for (int look = 0; look < 10; look++)
        {
            byte[][] used = [.. Enumerable.Range(0, 16).Select(_ => pool.Rent(1024))];
            Array.ForEach(used, pool.Return);
            pool.ReleaseUnused();
        }

        Assert.Equal(16 * 1024, pool.IdleBytes);
        byte[] kept = pool.Rent(1024);
        pool.ReleaseIdle();
        Assert.Equal(0, pool.IdleBytes);
        pool.Return(kept);
        Assert.Equal(1024, pool.IdleBytes);
        Assert.Equal(0, pool.OutstandingBuffers);
    }
}
