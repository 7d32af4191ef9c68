using HighPerf.Kafka.Consuming.Committing;
using HighPerf.Kafka.Runtime.Tests;

namespace HighPerf.Kafka.Tests.Consuming.Committing;

/// <summary>
/// Every interleaving, up to a number of preemptions, of storing, taking, rewinding, closing and opening again, over the real slot and its list (S3, G8).
/// </summary>
public sealed class CursorSlotExplorationTests
{
    [Fact]
    public void S3_What_was_stored_before_the_loop_takes_is_found_by_it_though_another_thread_was_about_to_push()
    {
        int runs = Explorer.Explore(4, explorer =>
        {
            Trial trial = new(explorer);
            return (
                [
                    () => trial.Store(5, 7),
                    () => trial.Store(6),
                    () =>
                    {
                        trial.Take();
                        trial.Take();
                    },
                ],
                () =>
                {
                    trial.Take();
                    Assert.Equal(7, trial.Taken);
                    Assert.True(trial.Dirty.IsEmpty);

                    // And it can go round once more.
                    trial.Slot.Store(8);
                    Assert.False(trial.Dirty.IsEmpty);
                    trial.Take();
                    Assert.Equal(8, trial.Taken);
                });
        });
        Assert.True(runs > 10_000, $"Only {runs} orders were tried.");
    }

    [Fact]
    public void S3_A_store_that_finds_a_higher_one_leaves_it_to_be_found_too()
    {
        int runs = Explorer.Explore(4, explorer =>
        {
            Trial trial = new(explorer);
            return ([() => trial.Store(7), () => trial.Store(5), trial.Take], () =>
            {
                trial.Take();
                Assert.Equal(7, trial.Taken);
            });
        });
        Assert.True(runs > 1000, $"Only {runs} orders were tried.");
    }

    [Fact]
    public void S3_Every_store_counts_in_what_closing_takes_or_is_refused_and_none_reaches_the_next_assignment()
    {
        int runs = Explorer.Explore(3, explorer =>
        {
            Trial trial = new(explorer);
            CursorSlot? next = null;
            long final = -2;
            return (
                [
                    () => trial.Store(5, 7),
                    () => trial.Store(6, 8),
                    () =>
                    {
                        trial.Take();
                        final = trial.Slot.Close();
                        explorer.Yield();
                        next = trial.NewSlot();
                        Assert.Equal(StoreResult.Stored, next.Store(1, new ExplorerYield(explorer)));
                    },
                ],
                () =>
                {
                    Assert.Equal(trial.HighestStored, final);
                    Assert.Equal(1, next!.StoredOffset);
                    Assert.Equal(-1, trial.Slot.StoredOffset);
                    Assert.Equal(StoreResult.Closed, trial.Slot.Store(100));
                    Assert.Equal(-1, trial.Slot.Close());

                    // The closed slot may stand in the list still; it brings nothing.
                    trial.Taken = -1;
                    trial.Take();
                    Assert.Equal(1, trial.Taken);
                });
        });
        Assert.True(runs > 10_000, $"Only {runs} orders were tried.");
    }

    [Fact]
    public void S3_A_rewind_beside_stores_and_takes_loses_nothing_that_was_stored_after_it()
    {
        int runs = Explorer.Explore(3, explorer =>
        {
            Trial trial = new(explorer);
            bool isRewound = false;
            long after = -1;
            return (
                [
                    () =>
                    {
                        trial.Slot.Store(10, new ExplorerYield(explorer));
                        bool wasRewound = isRewound;
                        if (trial.Slot.Store(5, new ExplorerYield(explorer)) == StoreResult.Stored)
                        {
                            after = 5;
                        }

                        after = wasRewound ? 10 : after;
                    },
                    () =>
                    {
                        trial.Take();
                        trial.Slot.Rewind(4, new ExplorerYield(explorer));
                        isRewound = true;
                        trial.Taken = -1;
                        trial.Take();
                    },
                ],
                () =>
                {
                    trial.Take();
                    Assert.True(trial.Slot.StoredOffset >= Math.Max(4, after == 10 ? 5 : after));
                    Assert.True(after < 0 || trial.Taken >= 5, $"Stored {after} after the rewind, but {trial.Taken} was taken.");
                });
        });
        Assert.True(runs > 100, $"Only {runs} orders were tried.");
    }

    [Fact]
    public void Every_waiter_reaches_the_loop_once_or_is_refused_and_the_loop_is_woken_for_it()
    {
        int runs = Explorer.Explore(3, explorer =>
        {
            CommitWaiters waiters = new(new InlineExecutor());
            WaiterInbox inbox = new(new CommitWaiter(waiters));
            List<CommitWaiter> got = [];
            int wakes = 0;
            int refused = 0;
            int pushing = 2;
            void Push(int count)
            {
                for (; count > 0; count--)
                {
                    bool isTaken = inbox.TryPush(new CommitWaiter(waiters), new ExplorerYield(explorer), out bool wasEmpty);
                    refused += isTaken ? 0 : 1;
                    explorer.Yield();
                    wakes += wasEmpty ? 1 : 0;
                }

                pushing--;
            }

            void Take(CommitWaiter? waiter)
            {
                for (; waiter is not null; waiter = waiter.Next)
                {
                    got.Add(waiter);
                }
            }

            return (
                [
                    () => Push(2),
                    () => Push(1),
                    () =>
                    {
                        explorer.WaitUntil(() => wakes > 0);
                        wakes--;
                        Take(inbox.TakeAll(new ExplorerYield(explorer)));
                        explorer.WaitUntil(() => wakes > 0 || pushing == 0);
                        Take(inbox.Close());
                    },
                ],
                () =>
                {
                    Assert.Equal(3, got.Count + refused);
                    Assert.Equal(got.Count, got.Distinct().Count());
                    Assert.Null(inbox.TakeAll(new ExplorerYield(explorer)));
                    Assert.False(inbox.TryPush(new CommitWaiter(waiters), new ExplorerYield(explorer), out _));
                });
        });
        Assert.True(runs > 1000, $"Only {runs} orders were tried.");
    }

    /// <summary>One run: a slot, its list, and the loop's walk through it as the pipeline does it, with yields between its steps.</summary>
    private sealed class Trial
    {
        private readonly Explorer _explorer;
        private long _returned = -1;

        public Trial(Explorer explorer)
        {
            _explorer = explorer;
            Slot = NewSlot();
        }

        public DirtySlots Dirty { get; } = new();

        public CursorSlot Slot { get; }

        public long Taken { get; set; } = -1;

        /// <summary>The highest store that was not refused.</summary>
        public long HighestStored { get; private set; } = -1;

        public CursorSlot NewSlot() => new(new TopicPartition("t", 0), [], Guid.Empty, Dirty);

        public void Store(params long[] offsets)
        {
            foreach (long offset in offsets)
            {
                StoreResult result = Slot.Store(offset, new ExplorerYield(_explorer));
                if (result == StoreResult.Stored)
                {
                    HighestStored = Math.Max(HighestStored, offset);
                }

                // From here on a commit that this thread asks for must cover it.
                _returned = result == StoreResult.Closed ? _returned : Math.Max(_returned, offset);
            }
        }

        public void Take()
        {
            long expected = Slot.IsClosed ? -1 : _returned;
            DirtyLink? link = Dirty.TakeAll();
            while (link is not null)
            {
                _explorer.Yield();
                DirtyLink? next = link.Next;
                link.Next = null;
                _explorer.Yield();
                CursorSlot slot = link.Unlink();
                _explorer.Yield();
                Taken = Math.Max(Taken, slot.Take());
                link = next;
            }

            Assert.True(Taken >= expected || Slot.IsClosed || Slot.StoredOffset < expected, $"{expected} was stored before, but only {Taken} was taken.");
        }
    }
}
