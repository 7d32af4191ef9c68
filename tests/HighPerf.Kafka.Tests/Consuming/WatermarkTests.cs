using HighPerf.Kafka.Consuming;

namespace HighPerf.Kafka.Tests.Consuming;

public sealed class WatermarkTests
{
    [Fact]
    public void The_mark_rises_only_when_everything_before_it_has_ended()
    {
        Watermark watermark = new();
        long first = watermark.Begin();
        long second = watermark.Begin();
        long third = watermark.Begin();
        Assert.False(watermark.End(third, 30));
        Assert.Equal(-1, watermark.Mark);
        Assert.True(watermark.End(first, 10));
        Assert.Equal(10, watermark.Mark);
        Assert.True(watermark.IsOldest(second));
        Assert.True(watermark.End(second, 20));
        Assert.Equal((30, 0), (watermark.Mark, watermark.Count));
    }

    [Fact]
    public void What_hides_nothing_moves_the_mark_only_when_nothing_is_under_way()
    {
        Watermark watermark = new();
        Assert.True(watermark.Skip(5));
        long ticket = watermark.Begin();
        Assert.False(watermark.Skip(9));
        Assert.Equal(5, watermark.Mark);
        Assert.True(watermark.End(ticket, 7));
        Assert.Equal(9, watermark.Mark);
    }

    [Fact]
    public void A_ticket_ends_once()
    {
        Watermark watermark = new();
        long ticket = watermark.Begin();
        watermark.End(ticket, 1);
        Assert.Throws<InvalidOperationException>(() => watermark.End(ticket, 1));
        Assert.Throws<InvalidOperationException>(() => watermark.End(ticket + 1, 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_order_gives_the_mark_of_a_plain_model(int seed)
    {
        Random random = new(seed);
        Watermark watermark = new();
        List<(long Ticket, long End, bool HasEnded)> model = [];
        for (int step = 0; step < 20_000; step++)
        {
            List<int> open = [.. Enumerable.Range(0, model.Count).Where(i => !model[i].HasEnded)];
            if (open.Count == 0 || (random.Next(2) == 0 && model.Count < 70))
            {
                model.Add((watermark.Begin(), step, false));
            }
            else
            {
                int index = open[random.Next(open.Count)];
                model[index] = model[index] with { HasEnded = true };
                watermark.End(model[index].Ticket, model[index].End);
                while (model.Count > 0 && model[0].HasEnded)
                {
                    Assert.True(watermark.Mark >= model[0].End);
                    model.RemoveAt(0);
                }
            }

            Assert.Equal(model.Count, watermark.Count);
            Assert.True(model.Count == 0 || watermark.Mark < model[0].End);
        }
    }
}
