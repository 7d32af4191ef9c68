using HighPerf.Kafka.Consuming;
using HighPerf.Kafka.Runtime.Tests;

namespace HighPerf.Kafka.Tests.Consuming;

/// <summary>Every interleaving of readers and the owner at the gate of a partition that is given up.</summary>
public sealed class DeliveryGateTests
{
    [Fact]
    public void S4_Exactly_one_learns_that_nothing_is_in_processing_and_nothing_is_delivered_after_it()
    {
        int runs = Explorer.Explore(3, explorer =>
        {
            DeliveryGate<ExplorerYield> gate = new(new ExplorerYield(explorer));
            int told = 0;
            bool isDrained = false;
            int inside = 0;
            void Read()
            {
                for (int i = 0; i < 2; i++)
                {
                    if (!gate.TryEnter())
                    {
                        Assert.True(gate.IsClosing);
                        continue;
                    }

                    Assert.False(isDrained, "delivered after the owner was told that nothing is in processing");
                    inside++;
                    explorer.Yield();
                    inside--;
                    if (gate.Leave())
                    {
                        Assert.Equal(0, inside);
                        isDrained = true;
                        told++;
                    }
                }
            }

            void GiveUp()
            {
                if (gate.Close())
                {
                    Assert.Equal(0, inside);
                    isDrained = true;
                    told++;
                }
            }

            return ([Read, Read, GiveUp], () => Assert.Equal((1, 0), (told, gate.Inside)));
        });
        Assert.True(runs > 500, $"Only {runs} orders were tried.");
    }
}
