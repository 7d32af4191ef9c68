namespace HighPerf.Kafka.Runtime.Tests;

/// <summary>Every interleaving, up to a number of preemptions, of posters, entering callers and a pool thread over the real code of the loop's heart.</summary>
public sealed class SerialRunnerExplorationTests
{
    [Fact]
    public void Two_callers_that_enter_or_post_and_a_pool_thread_never_lose_an_item_or_own_together()
    {
        int runs = Explorer.Explore(3, explorer =>
        {
            Trial trial = new(explorer, items: 4);
            return (
                [
                    () =>
                    {
                        trial.RunOrPost(0);
                        trial.Post(1);
                    },
                    () =>
                    {
                        trial.RunOrPost(100);
                        trial.Post(101);
                    },
                    trial.PoolThread,
                ],
                trial.Check);
        });
        Assert.True(runs > 1000, $"Only {runs} orders were tried.");
    }

    [Fact]
    public void An_item_that_posts_to_its_own_loop_runs_later_and_once()
    {
        int runs = Explorer.Explore(3, explorer =>
        {
            Trial trial = new(explorer, items: 3);
            trial.OnRun = number =>
            {
                if (number == 0)
                {
                    trial.RunOrPost(1);
                }
            };
            return ([() => trial.RunOrPost(0), () => trial.Post(100), trial.PoolThread], trial.Check);
        });
        Assert.True(runs > 100, $"Only {runs} orders were tried.");
    }

    [Fact]
    public void Two_posters_and_a_taker_of_the_mailbox_keep_every_item_once_and_in_order()
    {
        int runs = Explorer.Explore(3, explorer =>
        {
            Mailbox<ExplorerYield> mailbox = new(new ExplorerYield(explorer));
            List<int> got = [];
            IThreadPoolWorkItem?[] taken = [];
            IThreadPoolWorkItem[] items = [.. Enumerable.Range(0, 4).Select(i => new ActionItem(() => got.Add(i)))];
            Assert.True(mailbox.TryEnter());

            // Nodes have been used and given back once, so that posters meet at reused ones.
            mailbox.Post(new ActionItem(() => { }));
            mailbox.Post(new ActionItem(() => { }));
            mailbox.TakeAll(ref taken);
            void Take()
            {
                for (int left = mailbox.TakeAll(ref taken); left > 0; left--)
                {
                    taken[left - 1]!.Execute();
                }
            }

            return (
                [
                    () =>
                    {
                        Assert.False(mailbox.Post(items[0]));
                        Assert.False(mailbox.Post(items[1]));
                    },
                    () =>
                    {
                        Assert.False(mailbox.Post(items[2]));
                        Assert.False(mailbox.Post(items[3]));
                    },
                    () =>
                    {
                        Take();
                        Take();
                    },
                ],
                () =>
                {
                    Take();
                    Assert.Equal([0, 1, 2, 3], got.Order());
                    Assert.True(got.IndexOf(0) < got.IndexOf(1) && got.IndexOf(2) < got.IndexOf(3));
                    Assert.True(mailbox.TryLeave());
                });
        });
        Assert.True(runs > 1000, $"Only {runs} orders were tried.");
    }

    /// <summary>One run: a runner as the borrowed loop uses it, with bounds of one item so that handing on happens often.</summary>
    private sealed class Trial
    {
        private readonly Explorer _explorer;
        private readonly SerialRunner<ExplorerYield> _runner;
        private readonly List<int> _ran = [];
        private readonly int _items;
        private readonly List<string> _faults = [];
        private int _inside;
        private int _handed;

        public Trial(Explorer explorer, int items)
        {
            _explorer = explorer;
            _items = items;
            _runner = new SerialRunner<ExplorerYield>(new ExplorerYield(explorer), error => _faults.Add(error.ToString()));
        }

        public Action<int>? OnRun { get; set; }

        public void RunOrPost(int number)
        {
            if (_runner.RunOrPost(Item(number), limit: 1))
            {
                _handed++;
            }
        }

        public void Post(int number)
        {
            if (_runner.Post(Item(number)))
            {
                _handed++;
            }
        }

        /// <summary>The executor: runs the loop whenever it is handed over. Waits for ever when an item is lost, which the explorer notices.</summary>
        public void PoolThread()
        {
            while (true)
            {
                _explorer.WaitUntil(() => _handed > 0 || _ran.Count == _items);
                if (_handed == 0)
                {
                    return;
                }

                _handed--;
                _runner.Enter();
                if (_runner.RunAndLeave(limit: 1))
                {
                    _handed++;
                }
            }
        }

        public void Check()
        {
            Assert.Empty(_faults);
            Assert.Equal(_items, _ran.Distinct().Count());
            Assert.Equal(_items, _ran.Count);
            Assert.Equal(0, _handed);
            Assert.True(_runner.IsIdle);
            Assert.Equal(_ran.Where(n => n < 100).Order(), _ran.Where(n => n < 100));
            Assert.Equal(_ran.Where(n => n >= 100).Order(), _ran.Where(n => n >= 100));
        }

        private ActionItem Item(int number) => new(() =>
        {
            if (++_inside != 1 || !_runner.IsOwner)
            {
                _faults.Add($"Item {number} ran beside another, or off the loop.");
            }

            _explorer.Yield();
            OnRun?.Invoke(number);
            _explorer.Yield();
            _ran.Add(number);
            _inside--;
        });
    }
}
