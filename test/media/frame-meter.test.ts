import { describe, expect, it } from 'vitest'
import { createFrameMeter } from '../../src/media/frame-meter.js'

describe('createFrameMeter', () => {
  it('knows nothing before the first frame', () => {
    expect(createFrameMeter().measure()).toEqual({
      frames: 0,
      framesPerSecond: null,
      width: null,
      height: null,
      firstFrameMs: null,
    })
  })

  it('has no rate after one frame and the right one after two', () => {
    const meter = createFrameMeter()
    meter.add(640, 480, 5000)
    expect(meter.measure()).toEqual({
      frames: 1,
      framesPerSecond: null,
      width: 640,
      height: 480,
      firstFrameMs: 5000,
    })
    meter.add(640, 480, 5040)
    expect(meter.measure().framesPerSecond).toBe(25)
  })

  it('measures over the last second only', () => {
    const meter = createFrameMeter()
    for (let index = 0; index < 60; index++) meter.add(640, 480, index * 20)
    expect(meter.measure().framesPerSecond).toBe(50)
    for (let index = 0; index < 40; index++) meter.add(640, 480, 1200 + index * 100)
    expect(meter.measure()).toMatchObject({ frames: 100, framesPerSecond: 10, firstFrameMs: 0 })
  })

  it('shows a stream that has stopped', () => {
    const meter = createFrameMeter()
    for (let index = 0; index < 60; index++) meter.add(640, 480, index * 20)
    expect(meter.measure(1680).framesPerSecond).toBe(25)
    expect(meter.measure(9000).framesPerSecond).toBe(0)
  })

  it('gives the size of the last frame', () => {
    const meter = createFrameMeter()
    meter.add(640, 480, 0)
    meter.add(320, 240, 33)
    expect(meter.measure()).toMatchObject({ width: 320, height: 240 })
  })
})
