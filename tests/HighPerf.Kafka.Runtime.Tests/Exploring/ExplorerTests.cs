namespace HighPerf.Kafka.Runtime.Tests;

/// <summary>The instrument is tested on primitives that are known to be wrong.</summary>
public sealed class ExplorerTests
{
    [Fact]
    public void It_finds_a_lost_update()
    {
        HashSet<int> results = [];
        Explorer.Explore(2, explorer =>
        {
            int counter = 0;
            Action add = () =>
            {
                int seen = counter;
                explorer.Yield();
                counter = seen + 1;
            };
            return ([add, add], () => results.Add(counter));
        });
        Assert.Equal([1, 2], results.Order());
    }

    [Fact]
    public void It_finds_a_lost_wake_up()
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => Explorer.Explore(2, explorer =>
        {
            bool waiting = false;
            bool woken = false;
            Action waiter = () =>
            {
                explorer.Yield();
                waiting = true;
                explorer.WaitUntil(() => woken);
            };
            Action waker = () =>
            {
                explorer.Yield();
                woken = waiting;
            };
            return ([waiter, waker], () => { });
        }));
        Assert.Contains("wake-up was lost", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_tries_every_order_of_two_threads()
    {
        HashSet<string> orders = [];
        int runs = Explorer.Explore(int.MaxValue, explorer =>
        {
            string order = string.Empty;
            Action Steps(char name) => () =>
            {
                order += name;
                explorer.Yield();
                order += name;
            };
            return ([Steps('a'), Steps('b')], () => orders.Add(order));
        });
        Assert.Equal(["aabb", "abab", "abba", "baab", "baba", "bbaa"], orders.Order());
        Assert.True(runs >= 6);
    }
}
