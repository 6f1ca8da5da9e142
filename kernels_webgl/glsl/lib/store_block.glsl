// Finishes and stores the sums s0 ... s7 of a block, in the order of its layers.
#define store_block() \
    result0 = EPILOGUE(s0); \
    result1 = EPILOGUE(s1); \
    result2 = EPILOGUE(s2); \
    result3 = EPILOGUE(s3); \
    result4 = EPILOGUE(s4); \
    result5 = EPILOGUE(s5); \
    result6 = EPILOGUE(s6); \
    result7 = EPILOGUE(s7)
